import MiniSearch from "minisearch";
import { filterCards } from "../filter";
import {
  type Print,
  euros,
  frames,
  glazings,
  papers,
  price,
  printOf,
  prints,
  sizes,
  sku,
} from "../prints";

/** Every way to buy every print: what the search box searches. */
const variants = () =>
  prints.flatMap((print) =>
    sizes.flatMap((size) =>
      frames.flatMap((frame) =>
        papers.flatMap((paper) =>
          glazings.map((glazing) => {
            const choice = { size, frame, paper, glazing };
            return {
              id: sku(print, choice),
              print: print.id,
              title: print.title,
              place: print.place,
              series: print.series,
              tags: print.tags.join(" "),
              year: String(print.year),
              size: size.label,
              frame: frame.label,
              paper: paper.label,
              glazing: glazing.label,
              price_eur: price(print, choice),
            };
          }),
        ),
      ),
    ),
  );
type Variant = ReturnType<typeof variants>[number];

export function buildIndex() {
  const index = new MiniSearch<Variant>({
    fields: ["title", "place", "series", "tags", "year", "size", "frame", "paper", "glazing"],
    storeFields: ["print", "title", "size", "frame", "price_eur"],
    searchOptions: { boost: { title: 3, place: 2 }, prefix: true, fuzzy: 0.2, combineWith: "AND" },
  });
  index.addAll(variants());
  return index;
}

export type Index = ReturnType<typeof buildIndex>;

/** The `count` prints most like `print`, by what is said of them. */
export function similarTo(index: Index, print: Print, count: number): Print[] {
  const found = index.search([...print.tags, print.place, print.series].join(" "), {
    fields: ["tags", "place", "series"],
    combineWith: "OR",
    filter: (variant) => variant.print !== print.id,
  });
  return [...new Set(found.map((variant) => variant.print as string))].slice(0, count).map(printOf);
}

/** Suggestions below the search box while it is typed in, one for each print found. */
export function startSearch(index: Index) {
  const input = document.querySelector<HTMLInputElement>("#search")!;
  const list = document.querySelector<HTMLElement>("[data-suggestions]")!;

  const suggest = () => {
    const best = new Map<string, { title: string; price_eur: number }>();
    for (const { print, title, price_eur } of index.search(input.value)) {
      if (!best.has(print)) best.set(print, { title, price_eur });
    }
    const links = [...best.values()].slice(0, 6).map(({ title, price_eur }) => {
      const link = document.createElement("a");
      link.href = "/product.html";
      link.append(title, document.createElement("span"));
      link.lastElementChild!.textContent = euros(price_eur);
      return link;
    });
    list.replaceChildren(...links);
    list.hidden = links.length === 0;
  };

  input.addEventListener("input", suggest);
  input.form!.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") list.hidden = true;
  });
  input.form!.addEventListener("focusout", ({ relatedTarget }) => {
    if (!input.form!.contains(relatedTarget as Node | null)) list.hidden = true;
  });

  filterCards((query) => {
    const found = new Set(index.search(query).map(({ print }) => print as string));
    return (card) => found.has(card.dataset.print!);
  });
}
