import { type Basket, type Line, add, load, remove, save } from "./basket";

/** The basket of this page, kept for the next one; `read` checks what an earlier page kept. */
export function openStore(read: (saved: unknown) => Basket) {
  let basket = load(read);
  const listeners = new Set<(basket: Basket) => void>();
  const become = (next: Basket) => {
    basket = next;
    save(basket);
    for (const listener of listeners) listener(basket);
  };
  return {
    get: () => basket,
    add: (item: Omit<Line, "quantity">) => become(add(basket, item)),
    remove: (sku: string) => become(remove(basket, sku)),
    subscribe: (listener: (basket: Basket) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
export type Store = ReturnType<typeof openStore>;
