import type { ReactNode } from "react";
import { type Slot, photo } from "../photo";
import { type Print, euros, price, printOf, sku } from "../prints";

/** How the shop's state reaches a part: none while the pages are written, the store when hydrated. */
export interface Shop {
  quantityOf: (sku: string) => number;
  add: (item: { sku: string; title: string; price_eur: number }) => void;
}

export const closed: Shop = { quantityOf: () => 0, add: () => {} };

type Pictured = Pick<Print, "id" | "alt" | "palette">;

/** The photograph is one block of markup that React leaves alone (see photo.ts). */
export const Photo = ({ print, slot }: { print: Pictured; slot: Slot }) => (
  <span
    className="photo"
    style={{ backgroundColor: print.palette[0], aspectRatio: slot.aspect }}
    dangerouslySetInnerHTML={{ __html: photo(print.id, print.alt, slot) }}
  />
);

interface HeroProps {
  print: Pictured;
  low?: boolean;
  children: ReactNode;
}

/** The photograph across the page and the words on it: the largest paint of its page. */
export const Hero = ({ print, low, children }: HeroProps) => (
  <section className={low ? "hero low" : "hero"}>
    <div
      className="hero-photo"
      style={{ backgroundColor: print.palette[0] }}
      dangerouslySetInnerHTML={{
        __html: photo(print.id, print.alt, { sizes: "100vw", hero: true }),
      }}
    />
    <div className="hero-words wide">{children}</div>
  </section>
);

interface AddProps {
  item: { sku: string; title: string; price_eur: number };
  label: (quantity: number) => string;
  shop: Shop;
  strong?: boolean;
}

export const AddButton = ({ item, label, shop, strong }: AddProps) => (
  <button
    className={strong ? "button strong" : "button"}
    data-add-to-basket=""
    data-sku={item.sku}
    data-title={item.title}
    data-price={item.price_eur}
    onClick={() => shop.add(item)}
  >
    {label(shop.quantityOf(item.sku))}
  </button>
);

interface CardProps {
  print: Print;
  slot: Slot;
  shop: Shop;
  label: (quantity: number) => string;
}

export const Card = ({ print, slot, shop, label }: CardProps) => (
  <li className="card" data-print={print.id}>
    <a href="/product.html" className="card-link">
      <Photo print={print} slot={slot} />
      <span className="card-title">{print.title}</span>
    </a>
    <p className="card-place">{print.place}</p>
    <p className="card-price">
      <span>{`from ${euros(price(print))}`}</span>
      <span className="tag">{`${print.edition - print.sold} of ${print.edition} left`}</span>
    </p>
    <AddButton
      item={{ sku: sku(print), title: print.title, price_eur: price(print) }}
      label={label}
      shop={shop}
    />
  </li>
);

/** `columns` on a desktop, two on a phone: the widths in shop.css, `.grid`. */
export function gridSlot(columns: 3 | 4, index: number): Slot {
  const [widest, wide] = columns === 4 ? ["332px", "23vw - 18px"] : ["451px", "30.67vw - 16px"];
  return {
    sizes: `(min-width: 1522px) ${widest}, (min-width: 900px) calc(${wide}), calc(46vw - 8px)`,
    aspect: 3 / 2,
    lazy: index >= columns,
  };
}

interface GridProps {
  ids: readonly string[];
  columns: 3 | 4;
  shop?: Shop;
  label: (quantity: number) => string;
}

export const Cards = ({ ids, columns, shop = closed, label }: GridProps) =>
  ids.map((id, index) => (
    <Card key={id} print={printOf(id)} slot={gridSlot(columns, index)} shop={shop} label={label} />
  ));

/** The list that the full script hydrates with `Cards`. */
export const Grid = ({ ids, columns, label }: GridProps) => (
  <ul className="grid" data-columns={columns} data-island="cards" data-ids={ids.join(" ")}>
    <Cards ids={ids} columns={columns} label={label} />
  </ul>
);
