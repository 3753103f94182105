import { useMemo, useState, useSyncExternalStore } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { type Basket, addLabel, empty, quantityOf } from "../basket";
import { Buy, firstChoice } from "../pages/buy";
import { Cards, type Shop } from "../pages/parts";
import { type Choice, printOf } from "../prints";
import type { Store } from "../store";
import { Panel } from "./panel";
import type { Delivery } from "./quote";
import { type Index, similarTo } from "./search";
import type { Walls } from "./wall";

interface Props {
  store: Store;
}

function useShop(store: Store): Shop & { basket: Basket } {
  // The pages were written with an empty basket: hydration starts from that too.
  const basket = useSyncExternalStore(store.subscribe, store.get, () => empty);
  return { basket, quantityOf: (sku) => quantityOf(basket, sku), add: store.add };
}

const CardsIsland = ({ store, ids, columns }: Props & { ids: string[]; columns: 3 | 4 }) => (
  <Cards ids={ids} columns={columns} shop={useShop(store)} label={addLabel} />
);

const BuyIsland = ({
  store,
  id,
  onChoose,
}: Props & { id: string; onChoose: (to: Choice) => void }) => {
  const [choice, setChoice] = useState(firstChoice);
  const choose = (next: Choice) => {
    setChoice(next);
    onChoose(next);
  };
  return <Buy print={printOf(id)} choice={choice} onChoose={choose} shop={useShop(store)} />;
};

interface BasketProps extends Props {
  index: Index;
  walls: Walls;
  delivery: Delivery;
}

const BasketIsland = ({ store, index, walls, delivery }: BasketProps) => {
  const { basket } = useShop(store);
  const wall = walls(basket);
  const similar = useMemo(() => similarTo(index, wall.hung[0]!.print, 4), [index, wall]);
  return (
    <Panel
      basket={basket}
      wall={wall}
      similar={similar}
      delivery={delivery}
      remove={store.remove}
    />
  );
};

/** Brings the parts of the page marked as islands to life, and fills the basket's panel. */
export function hydrateIslands(props: BasketProps, onChoose: (choice: Choice) => void) {
  const { store } = props;
  for (const island of document.querySelectorAll<HTMLElement>("[data-island]")) {
    const ids = island.dataset.ids!.split(" ");
    const columns = island.dataset.columns === "3" ? 3 : 4;
    hydrateRoot(
      island,
      island.dataset.island === "buy" ? (
        <BuyIsland store={store} id={ids[0]!} onChoose={onChoose} />
      ) : (
        <CardsIsland store={store} ids={ids} columns={columns} />
      ),
    );
  }
  createRoot(document.querySelector("[data-basket]")!).render(<BasketIsland {...props} />);
}
