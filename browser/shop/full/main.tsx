import { countOf } from "../basket";
import { firstChoice } from "../pages/buy";
import type { Choice } from "../prints";
import { openStore } from "../store";
import { openToast } from "../toast";
import { openChart } from "./edition";
import { openGallery } from "./gallery";
import { hydrateIslands } from "./islands";
import { openDelivery } from "./quote";
import { readBasket } from "./saved";
import { buildIndex, startSearch } from "./search";
import { openViewer } from "./viewer";
import { openWalls } from "./wall";

const each = (selector: string, open: (element: HTMLElement) => void) =>
  document.querySelectorAll<HTMLElement>(selector).forEach(open);

function start() {
  const store = openStore(readBasket);
  const index = buildIndex();
  const walls = openWalls();
  let choice: Choice = firstChoice;
  let viewer: ReturnType<typeof openViewer> | undefined;

  hydrateIslands({ store, index, walls, delivery: openDelivery() }, (next) => {
    choice = next;
    each(".stage", (stage) => (stage.style.borderColor = next.frame.colour));
    viewer?.show(next);
  });

  const count = document.querySelector("#basket-count")!;
  const say = openToast();
  count.textContent = String(countOf(store.get()));
  store.subscribe((basket) => {
    const added = countOf(basket) > Number(count.textContent);
    count.textContent = String(countOf(basket));
    if (!added) return;
    const titles = walls(basket).hung.map(({ print }) => print.title);
    say(`Added. Hangs well with ${titles.slice(1, 4).join(", ")}.`);
  });

  each("[data-gallery]", openGallery);
  each("[data-edition]", openChart);
  each("[data-room]", (room) => {
    const nearby = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      nearby.disconnect();
      try {
        viewer = openViewer(room, document.querySelector(".stage img")!, choice);
      } catch {
        // Without WebGL the drawing stays.
      }
    });
    nearby.observe(room);
  });
  startSearch(index);
}

// The photographs are painted first: what follows is one long task on a slow processor.
requestAnimationFrame(() => setTimeout(start));
