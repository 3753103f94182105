import type { Consent } from "./api";
import { type Beacon, onlyWithConsent } from "./wire";

/** What a site declares: a word that is none of the three is no answer yet. */
export const consentOf = (declared: unknown): Consent | undefined =>
  declared === undefined || declared === "granted" || declared === "denied" ? declared : "pending";

/** True if nothing may tell this visitor from another; a browser's no outweighs the site's yes. */
export const isAnonymous = (consent: Consent | undefined, navigator: object): boolean =>
  (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true ||
  (consent !== undefined && consent !== "granted");

/** What is sent of a visitor who has not agreed; the service keeps no more either. */
export function withoutIdentity(beacon: Beacon): Beacon {
  const kept = { ...beacon, page: "/" };
  for (const name of onlyWithConsent) delete kept[name];
  kept.consent = beacon.consent === "pending" ? "pending" : "denied";
  kept.network &&= { ect: kept.network.ect };
  kept.device &&= { mobile: kept.device.mobile };
  return kept;
}
