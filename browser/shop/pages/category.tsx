import { addLabel } from "../basket";
import { printOf } from "../prints";
import { Layout } from "./layout";
import { Grid, Hero } from "./parts";

const shown = [
  "eight-coffees",
  "strawberries",
  "green-coffee",
  "letters",
  "croissant",
  "navy-pencil",
  "scissors",
  "cookbook",
  "tool-wall",
  "type-desk",
  "notebooks",
  "pencils",
];

const description = "Twelve still lifes: what people put down, and how the light found it.";

export const Category = () => (
  <Layout group="category" title="On the table — Longlight" description={description}>
    <Hero print={printOf("barista")} low>
      <p className="eyebrow">Collection</p>
      <h1>On the table</h1>
      <p className="lead">{description}</p>
    </Hero>

    <section className="wide block" aria-labelledby="prints">
      <div className="block-head">
        <h2 id="prints">Prints</h2>
        <p className="quiet" role="status" data-search-note>
          {`${shown.length} photographs`}
        </p>
      </div>
      <Grid ids={shown} columns={4} label={addLabel} />
    </section>
  </Layout>
);
