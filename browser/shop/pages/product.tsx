import { addLabel } from "../basket";
import { type Print, editionSteps, euros, frames, printOf } from "../prints";
import { Buy, firstChoice } from "./buy";
import { ArrowIcon } from "./icons";
import { Layout } from "./layout";
import { Grid, Photo } from "./parts";

const print = printOf("above-the-clouds");
const series = ["night-ridge", "valley-fog", "cedar-mist", "misty-shore"];
const related = ["calm-sea", "bridge-of-sighs", "night-traffic", "bridge-dusk", "crags", "layers"];

const cameras = {
  id: "cameras",
  alt: "Two old film cameras on a wooden table",
  palette: ["#503e34"] as [string],
};

// The widths in shop.css: `.stage`, less frame and mat.
const stage =
  "(min-width: 1522px) 713px, (min-width: 900px) calc(53.67vw - 104px), calc(92vw - 36px)";

const Gallery = () => (
  <div className="gallery" data-gallery>
    <div className="slides" data-slides tabIndex={0} role="group" aria-label="Photographs">
      <div className="slides-track">
        {[print, ...series.map(printOf)].map((each, index) => (
          <figure key={each.id} className="stage" style={{ borderColor: frames[1].colour }}>
            <Photo print={each} slot={{ sizes: stage, aspect: 3 / 2, hero: index === 0 }} />
            <figcaption>{each.title}</figcaption>
          </figure>
        ))}
      </div>
    </div>
    <div className="gallery-keys">
      <button className="icon-button" data-previous aria-label="Previous photograph">
        <ArrowIcon back />
      </button>
      <button className="icon-button" data-next aria-label="Next photograph">
        <ArrowIcon />
      </button>
    </div>
  </div>
);

/** The price of each number of the edition, as a step line; the full script makes it explorable. */
function EditionChart({ of }: { of: Print }) {
  const steps = editionSteps(of);
  const top = steps.at(-1)![1];
  const x = (number: number) => ((number - 1) / of.edition) * 600;
  const y = (amount: number) => 190 - (amount / top) * 160;
  const line = steps.map(([from, amount]) => `H${x(from)}V${y(amount)}`).join("");
  return (
    <svg viewBox="0 0 600 220" preserveAspectRatio="none" role="img" aria-label="Price by number">
      <path className="chart-sold" d={`M0 190V20H${x(of.sold)}V190z`} />
      <path className="chart-line" d={`M0 ${y(steps[0]![1])}${line}H600`} />
    </svg>
  );
}

const Room = () => (
  <svg viewBox="0 0 800 500" role="img" aria-label="The framed print above a sofa, to scale">
    <rect className="room-wall" width="800" height="500" />
    <rect className="room-floor" y="430" width="800" height="70" />
    <rect className="room-frame" x="280" y="110" width="240" height="164" />
    <rect className="room-print" x="300" y="130" width="200" height="124" />
    <path className="room-sofa" d="M180 340h440v80H180zM160 370h40v70h-40zM600 370h40v70h-40z" />
  </svg>
);

export const Product = () => (
  <Layout
    group="product"
    title={`${print.title} — Longlight`}
    description="Alpine peaks above a sea of cloud. Pigment print on cotton rag, edition of 150."
  >
    <section className="product wide">
      <Gallery />
      <div className="buy">
        <p className="eyebrow">{`${print.series}, ${print.year}`}</p>
        <h1>{print.title}</h1>
        <p className="lead">{print.place}</p>
        <p>
          Taken from the last cable car down, eleven minutes before the cloud closed. The valley is
          two kilometres below, with its lights already on.
        </p>
        <div data-island="buy" data-ids={print.id}>
          <Buy print={print} choice={firstChoice} />
        </div>
      </div>
    </section>

    <section className="wide block two" aria-labelledby="framing">
      <div>
        <h2 id="framing">See it framed</h2>
        <p>
          Solid timber, splined corners, museum glass. Frames are 20 mm wide and 32 mm deep, and
          hang from two points so that they stay level.
        </p>
      </div>
      <div className="room" data-room>
        <Room />
      </div>
    </section>

    <section className="wide block two" aria-labelledby="edition">
      <div>
        <h2 id="edition">{`No. ${print.sold + 1} of ${print.edition} is next`}</h2>
        <p>
          {`${print.sold} have found a wall. Prices rise as the edition goes: the first cost ${euros(
            print.price_eur,
          )}, the last will cost ${euros(editionSteps(print).at(-1)![1])}.`}
        </p>
      </div>
      <div className="chart" data-edition={print.id}>
        <EditionChart of={print} />
      </div>
    </section>

    <section className="wide block two" aria-labelledby="made">
      <div>
        <h2 id="made">Taken slowly</h2>
        <p>
          Most of the series was made on film, with cameras older than the people carrying them, and
          printed from drum scans at 400 dots to the inch.
        </p>
      </div>
      <Photo
        print={cameras}
        slot={{
          sizes: "(min-width: 1522px) 676px, (min-width: 900px) calc(46vw - 24px), 92vw",
          aspect: 13 / 7,
          lazy: true,
        }}
      />
    </section>

    <section className="wide block" aria-labelledby="related">
      <div className="block-head">
        <h2 id="related">Hangs well beside it</h2>
        <a className="more" href="/category.html">
          On the table <ArrowIcon />
        </a>
      </div>
      <Grid ids={related} columns={3} label={addLabel} />
    </section>
  </Layout>
);
