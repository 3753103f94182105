import type { ReactNode } from "react";
import { BasketIcon, MenuIcon, SearchIcon } from "./icons";

export interface Page {
  group: "front" | "category" | "product";
  title: string;
  description: string;
  children: ReactNode;
}

const links = [
  ["New prints", "/index.html#new", "front"],
  ["On the table", "/category.html", "category"],
  ["Print of the month", "/product.html", "product"],
  ["Framing", "/product.html#framing", ""],
  ["Delivery", "#delivery", ""],
] as const;

const Header = ({ group }: Pick<Page, "group">) => (
  <header className="bar">
    <a className="skip" href="#main">
      Skip to the prints
    </a>
    <div className="bar-row wide">
      <button className="icon-button menu-button" popoverTarget="menu" aria-label="Menu">
        <MenuIcon />
      </button>
      <a className="brand" href="/index.html">
        Longlight
      </a>
      <nav id="menu" popover="auto" className="menu" aria-label="Main">
        {links.map(([label, href, of]) => (
          <a key={label} href={href} aria-current={of === group ? "page" : undefined}>
            {label}
          </a>
        ))}
      </nav>
      <form className="search" role="search" action="/category.html">
        <label htmlFor="search">
          <SearchIcon />
          <span className="unseen">Search prints</span>
        </label>
        <input
          id="search"
          name="q"
          type="search"
          placeholder="Coffee, paper, yellow…"
          autoComplete="off"
        />
        <div className="suggestions" data-suggestions hidden />
      </form>
      <button className="icon-button basket-button" popoverTarget="basket">
        <BasketIcon />
        <span className="unseen">Basket, prints inside: </span>
        <span id="basket-count" className="count">
          0
        </span>
      </button>
    </div>
  </header>
);

const Basket = () => (
  <section id="basket" popover="auto" className="panel" aria-labelledby="basket-title">
    <div className="panel-head">
      <h2 id="basket-title">Your basket</h2>
      <button className="text-button" popoverTarget="basket" popoverTargetAction="hide">
        Close
      </button>
    </div>
    <div data-basket>
      <p className="quiet">Nothing in it yet.</p>
    </div>
  </section>
);

const Footer = () => (
  <footer className="foot">
    <div className="foot-grid wide">
      <div>
        <p className="brand">Longlight</p>
        <p className="quiet">
          A demonstration shop. Nothing here is for sale, and nothing you enter leaves this machine.
        </p>
      </div>
      <div id="delivery">
        <h2>Delivery</h2>
        <p className="quiet">
          Prints travel rolled in archival tissue, frames in honeycomb board. Two to five working
          days in Europe, eight elsewhere. Free above €150.
        </p>
      </div>
      <div>
        <h2>Returns</h2>
        <p className="quiet">
          Live with it for sixty days. If the wall says no, send it back in the tube it came in.
        </p>
      </div>
    </div>
  </footer>
);

export const Layout = ({ group, title, description, children }: Page) => (
  <html lang="en" data-ae-page-group={group}>
    <head>
      <meta charSet="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{title}</title>
      <meta name="description" content={description} />
      <meta name="color-scheme" content="light dark" />
      <link rel="icon" href="data:," />
      <link rel="stylesheet" href="/css/shop.css" />
      <script src="/js/rum.js" defer />
      <script src="/js/shop.js" defer />
    </head>
    <body>
      <Header group={group} />
      <main id="main">{children}</main>
      <Footer />
      <Basket />
      <div className="toast" role="status" data-toast />
    </body>
  </html>
);
