import { addLabel } from "../basket";
import { type Choice, type Print, euros, frames, plainest, price, sizes, sku } from "../prints";
import { AddButton, type Shop, closed } from "./parts";

export const firstChoice: Choice = { ...plainest, size: sizes[1], frame: frames[1] };

interface BuyProps {
  print: Print;
  choice?: Choice;
  onChoose?: (choice: Choice) => void;
  shop?: Shop;
}

/** The choices of size and frame, the price that follows, and the button. */
export const Buy = ({ print, choice = firstChoice, onChoose, shop = closed }: BuyProps) => {
  const { size, frame } = choice;
  const amount = price(print, choice);
  const item = {
    sku: sku(print, choice),
    title: `${print.title}, ${size.label}, ${frame.label.toLowerCase()}`,
    price_eur: amount,
  };
  return (
    <>
      <fieldset className="choices">
        <legend>Size</legend>
        {sizes.map((each) => (
          <label key={each.id} className="choice">
            <input
              type="radio"
              name="size"
              value={each.id}
              data-factor={each.factor}
              defaultChecked={each === size}
              onChange={() => onChoose?.({ ...choice, size: each })}
            />
            <span>{each.label}</span>
          </label>
        ))}
      </fieldset>
      <fieldset className="choices">
        <legend>Frame</legend>
        {frames.map((each) => (
          <label key={each.id} className="choice">
            <input
              type="radio"
              name="frame"
              value={each.id}
              data-price={each.price_eur}
              data-colour={each.colour}
              defaultChecked={each === frame}
              onChange={() => onChoose?.({ ...choice, frame: each })}
            />
            <span>
              <i className="swatch" style={{ backgroundColor: each.colour }} />
              {each.label}
            </span>
          </label>
        ))}
      </fieldset>
      <p className="price-row">
        <output className="price" data-price-output data-base={print.price_eur}>
          {euros(amount)}
        </output>
        <span className="quiet">VAT included, ships in two days</span>
      </p>
      <AddButton item={item} label={addLabel} shop={shop} strong />
    </>
  );
};
