import { useMemo, useState } from "react";
import type { Basket } from "../basket";
import { type Print, euros, price } from "../prints";
import type { Delivery } from "./quote";
import type { Wall } from "./wall";

interface DeliveryProps {
  basket: Basket;
  delivery: Delivery;
}

const DeliveryTo = ({ basket, delivery }: DeliveryProps) => {
  const [code, setCode] = useState("DE");
  const quotes = useMemo(() => delivery(basket, new Date()), [basket, delivery]);
  const chosen = quotes.find((quote) => quote.code === code)!;
  return (
    <>
      <h3>Delivery to</h3>
      <select value={code} onChange={({ target }) => setCode(target.value)} aria-label="Country">
        {quotes.map(({ code, name, offers }) => (
          <option key={code} value={code}>
            {`${name}, from ${offers[0]!.price}`}
          </option>
        ))}
      </select>
      <table>
        <tbody>
          {chosen.offers.map(({ carrier, price, arrives }) => (
            <tr key={carrier}>
              <td>{carrier}</td>
              <td>{arrives}</td>
              <td>{price}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
};

const Prints = ({ hung }: { hung: { print: Print; note: string }[] }) => (
  <ul className="lines">
    {hung.map(({ print, note }) => (
      <li key={print.id}>
        <span>
          <span className="swatches">
            {print.palette.map((colour) => (
              <i key={colour} style={{ backgroundColor: colour }} />
            ))}
          </span>
          {print.title}
        </span>
        <span className="quiet">{note}</span>
      </li>
    ))}
  </ul>
);

const Lines = ({ basket, remove }: Pick<PanelProps, "basket" | "remove">) => (
  <>
    <ul className="lines">
      {basket.map(({ sku, title, quantity, price_eur }) => (
        <li key={sku}>
          <span>{`${quantity} × ${title}`}</span>
          <span>{euros(quantity * price_eur)}</span>
          <button className="text-button" onClick={() => remove(sku)}>
            Remove
          </button>
        </li>
      ))}
    </ul>
    <p className="price-row">
      <span className="price">
        {euros(basket.reduce((sum, line) => sum + line.price_eur * line.quantity, 0))}
      </span>
      <span className="quiet">VAT included</span>
    </p>
  </>
);

interface PanelProps extends DeliveryProps {
  wall: Wall;
  similar: Print[];
  remove: (sku: string) => void;
}

export const Panel = ({ basket, wall, similar, delivery, remove }: PanelProps) => (
  <>
    {basket.length ? (
      <Lines basket={basket} remove={remove} />
    ) : (
      <p className="quiet">Nothing in it yet.</p>
    )}
    <h3>{basket.length ? "Complete the wall" : "A wall to start with"}</h3>
    <Prints
      hung={wall.hung
        .slice(basket.length ? 1 : 0)
        .map(({ print, size }) => ({ print, note: size.label }))}
    />
    <h3>More like it</h3>
    <Prints hung={similar.map((print) => ({ print, note: `from ${euros(price(print))}` }))} />
    <DeliveryTo basket={basket} delivery={delivery} />
  </>
);
