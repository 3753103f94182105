import { type Basket, countOf } from "../basket";

type Zone = 1 | 2 | 3;
const names = new Intl.DisplayNames("en", { type: "region" });

/** A euro buys `rate` of `currency`; demonstration rates. */
function country(code: string, language: string, zone: Zone, currency = "EUR", rate = 1) {
  const locale = `${language}-${code}`;
  return {
    code,
    name: names.of(code) ?? code,
    zone,
    rate,
    money: new Intl.NumberFormat(locale, { style: "currency", currency }),
    day: new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" }),
  };
}

const countries = () => [
  country("AT", "de", 1),
  country("BE", "nl", 1),
  country("BG", "bg", 2),
  country("HR", "hr", 2),
  country("CY", "el", 2),
  country("CZ", "cs", 1, "CZK", 24.9),
  country("DK", "da", 1, "DKK", 7.46),
  country("EE", "et", 2),
  country("FI", "fi", 2),
  country("FR", "fr", 1),
  country("DE", "de", 1),
  country("GR", "el", 2),
  country("HU", "hu", 2, "HUF", 402),
  country("IE", "en", 1),
  country("IT", "it", 1),
  country("LV", "lv", 2),
  country("LT", "lt", 2),
  country("LU", "fr", 1),
  country("MT", "mt", 2),
  country("NL", "nl", 1),
  country("NO", "nb", 2, "NOK", 11.7),
  country("PL", "pl", 1, "PLN", 4.25),
  country("PT", "pt", 2),
  country("RO", "ro", 2, "RON", 5.05),
  country("SK", "sk", 1),
  country("SI", "sl", 1),
  country("ES", "es", 1),
  country("SE", "sv", 2, "SEK", 11.1),
  country("CH", "de", 1, "CHF", 0.94),
  country("GB", "en", 2, "GBP", 0.86),
  country("US", "en", 3, "USD", 1.16),
  country("CA", "en", 3, "CAD", 1.62),
  country("AU", "en", 3, "AUD", 1.77),
  country("JP", "ja", 3, "JPY", 176),
];

const carriers = [
  { carrier: "Tube post", base_eur: 6, perPrint_eur: 1.5, days: [3, 5], freeFrom_eur: 150 },
  { carrier: "Courier", base_eur: 14, perPrint_eur: 2, days: [2, 3], freeFrom_eur: 600 },
  { carrier: "Express", base_eur: 26, perPrint_eur: 4, days: [1, 2], freeFrom_eur: 1500 },
] as const;

export interface Quote {
  code: string;
  name: string;
  offers: { carrier: string; price: string; arrives: string }[];
}

const addDays = (from: Date, days: number) => new Date(from.getTime() + days * 86_400_000);

/** Tells what delivery costs and when it arrives, per country, in its language and currency. */
export function openDelivery() {
  const served = countries();
  return (basket: Basket, now: Date): Quote[] => {
    const prints = countOf(basket);
    const value_eur = basket.reduce((sum, line) => sum + line.price_eur * line.quantity, 0);
    return served.map(({ code, name, zone, rate, money, day }) => ({
      code,
      name,
      offers: carriers.map(({ carrier, base_eur, perPrint_eur, days, freeFrom_eur }) => {
        const free = value_eur >= freeFrom_eur;
        const price_eur = free ? 0 : (base_eur + perPrint_eur * prints) * zone;
        const [soonest, latest] = days;
        return {
          carrier,
          price: money.format(price_eur * rate),
          arrives: day.formatRange(addDays(now, soonest * zone), addDays(now, latest * zone)),
        };
      }),
    }));
  };
}
export type Delivery = ReturnType<typeof openDelivery>;
