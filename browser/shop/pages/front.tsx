import { addLabel } from "../basket";
import { printOf, prints } from "../prints";
import { ArrowIcon } from "./icons";
import { Layout } from "./layout";
import { Grid, Hero, Photo } from "./parts";

const fresh = [
  "burano-evening",
  "seine-dusk",
  "yellow-car",
  "basilica",
  "burano-sunrise",
  "louvre-night",
  "sunset-lake",
  "first-light",
];

const tiles = [
  { id: "hill-road", name: "High & quiet", href: "/product.html" },
  { id: "manhattan", name: "Old stone", href: "#new" },
  { id: "evening-desk", name: "On the table", href: "/category.html" },
];
const countOf = (series: string) => prints.filter((print) => print.series === series).length;

export const Front = () => (
  <Layout
    group="front"
    title="Longlight — photographs made for walls"
    description="Open-air photographs, printed on cotton rag in small editions and framed by hand."
  >
    <Hero print={printOf("fjord")}>
      <p className="eyebrow">{`Spring editions, ${prints.length} photographs`}</p>
      <h1>Photographs made for walls, not for feeds.</h1>
      <p className="lead">Pigment on cotton rag, in editions small enough to number by hand.</p>
      <a className="button strong" href="#new">
        See the new prints
      </a>
    </Hero>

    <section className="wide block" aria-labelledby="series">
      <h2 id="series">Three ways out of the room</h2>
      <ul className="tiles">
        {tiles.map(({ id, name, href }) => (
          <li key={id}>
            <a className="tile" href={href}>
              <Photo
                print={printOf(id)}
                slot={{
                  sizes: "(min-width: 1522px) 451px, (min-width: 700px) calc(30.67vw - 16px), 92vw",
                  aspect: 3 / 2,
                  narrow_aspect: 2,
                }}
              />
              <span className="tile-name">{name}</span>
              <span className="tile-count">{`${countOf(name)} prints`}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>

    <section className="wide block" aria-labelledby="new">
      <div className="block-head">
        <h2 id="new">New on the wall</h2>
        <a className="more" href="/category.html">
          On the table <ArrowIcon />
        </a>
      </div>
      <Grid ids={fresh} columns={4} label={addLabel} />
    </section>

    <section className="promise wide block" aria-label="How we work">
      <dl>
        <div>
          <dt>Numbered by hand</dt>
          <dd>Every print carries its number and the printer’s initials on the back.</dd>
        </div>
        <div>
          <dt>Light-fast for a century</dt>
          <dd>Eleven pigment inks on paper without brighteners, tested to 100 years.</dd>
        </div>
        <div>
          <dt>Priced by the edition</dt>
          <dd>The first quarter costs least. When an edition is gone, it is gone.</dd>
        </div>
      </dl>
    </section>
  </Layout>
);
