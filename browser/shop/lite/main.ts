import { type Basket, addLabel, countOf, quantityOf } from "../basket";
import { filterCards } from "../filter";
import { openStore } from "../store";
import { openToast } from "../toast";

const store = openStore((saved) => (Array.isArray(saved) ? (saved as Basket) : []));
const say = openToast();
const all = <E extends HTMLElement>(selector: string) => document.querySelectorAll<E>(selector);
// The first use of Intl costs 20 ms on a slow phone.
const euros = (amount: number) => `€${String(amount).replace(/(?<=\d)(?=\d{3}$)/, ",")}`;

function show(basket: Basket) {
  document.querySelector("#basket-count")!.textContent = String(countOf(basket));
  for (const button of all<HTMLButtonElement>("[data-add-to-basket]")) {
    const label = addLabel(quantityOf(basket, button.dataset.sku!));
    if (button.textContent !== label) button.textContent = label;
  }
  const lines = document.createElement("ul");
  lines.className = "lines";
  for (const { title, quantity, price_eur } of basket) {
    const line = document.createElement("li");
    line.append(`${quantity} × ${title}`, document.createElement("span"));
    line.lastElementChild!.textContent = euros(quantity * price_eur);
    lines.append(line);
  }
  if (basket.length) document.querySelector("[data-basket]")!.replaceChildren(lines);
}

function choose(buy: Element) {
  const chosen = (name: string) => buy.querySelector<HTMLInputElement>(`[name=${name}]:checked`)!;
  const size = chosen("size");
  const frame = chosen("frame");
  const button = buy.querySelector<HTMLElement>("[data-add-to-basket]")!;
  const output = buy.querySelector<HTMLOutputElement>("[data-price-output]")!;
  const factor = Number(size.dataset.factor);
  const price = Math.round(
    Number(output.dataset.base) * factor + Number(frame.dataset.price) * Math.sqrt(factor),
  );
  const words = [size, frame].map((input) => input.labels![0]!.textContent);
  const [id, , , ...rest] = button.dataset.sku!.split("/");
  output.textContent = euros(price);
  button.dataset.sku = [id, size.value, frame.value, ...rest].join("/");
  button.dataset.price = String(price);
  button.dataset.title = [document.querySelector("h1")!.textContent, ...words].join(", ");
  for (const stage of all(".stage")) stage.style.borderColor = frame.dataset.colour!;
  show(store.get());
}

document.addEventListener("click", ({ target }) => {
  if (!(target instanceof Element)) return;
  const button = target.closest<HTMLElement>("[data-add-to-basket]");
  if (button) {
    const { sku, title, price } = button.dataset;
    store.add({ sku: sku!, title: title!, price_eur: Number(price) });
    say(`Added: ${title}.`);
  }
  const step = target.closest("[data-next]") ? 1 : target.closest("[data-previous]") ? -1 : 0;
  const slides = document.querySelector<HTMLElement>("[data-slides]");
  if (step && slides) slides.scrollBy({ left: step * slides.clientWidth, behavior: "smooth" });
});

for (const buy of all("[data-island=buy]")) buy.addEventListener("change", () => choose(buy));

filterCards((query) => {
  const words = query.toLowerCase().split(/\s+/);
  return (card) => words.every((word) => card.textContent!.toLowerCase().includes(word));
});

store.subscribe(show);
show(store.get());
