export interface Line {
  sku: string;
  title: string;
  price_eur: number;
  quantity: number;
}
export type Basket = readonly Line[];

export const empty: Basket = [];
const key = "longlight.basket";

export function add(basket: Basket, item: Omit<Line, "quantity">): Basket {
  return basket.some(({ sku }) => sku === item.sku)
    ? basket.map((line) =>
        line.sku === item.sku ? { ...line, quantity: line.quantity + 1 } : line,
      )
    : [...basket, { ...item, quantity: 1 }];
}

export const remove = (basket: Basket, sku: string): Basket =>
  basket.filter((line) => line.sku !== sku);

export const countOf = (basket: Basket) => basket.reduce((sum, { quantity }) => sum + quantity, 0);

export const quantityOf = (basket: Basket, sku: string) =>
  basket.find((line) => line.sku === sku)?.quantity ?? 0;

/** What earlier pages put in; anything unreadable is an empty basket. */
export function load(read: (saved: unknown) => Basket): Basket {
  try {
    return read(JSON.parse(localStorage.getItem(key) ?? "[]"));
  } catch {
    return empty;
  }
}

export function save(basket: Basket) {
  try {
    localStorage.setItem(key, JSON.stringify(basket));
  } catch {
    // Storage is full or forbidden: the basket lives as long as the page.
  }
}

export const addLabel = (quantity: number) =>
  quantity ? `In your basket · ${quantity}` : "Add to basket";
