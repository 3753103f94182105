import { renderToString } from "react-dom/server";
import { Category } from "./category";
import { Front } from "./front";
import { Product } from "./product";

const html = (page: Parameters<typeof renderToString>[0]) =>
  `<!doctype html>\n${renderToString(page)}\n`;

/** The shop's pages: file name to HTML. */
export const site = {
  "index.html": html(<Front />),
  "category.html": html(<Category />),
  "product.html": html(<Product />),
};
