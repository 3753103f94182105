import * as z from "zod";
import type { Basket } from "../basket";

const line = z.object({
  sku: z.string().regex(/^[a-z-]+\/(s|m|l|xl)(\/[a-z]+){3}$/),
  title: z.string().min(1).max(200),
  price_eur: z.number().int().positive().max(10_000),
  quantity: z.number().int().min(1).max(99),
});

/** Storage is outside: whatever an older shop or another script left there is checked. */
export const readBasket = (saved: unknown): Basket => z.array(line).max(50).parse(saved);
