import { headers } from "next/headers";

const TIERS = ["full", "standard", "lite", "minimal", "control"];

/** Rendered for the visitor's tier, which the edge tells by header `ae-tier`. */
export default async function Page() {
  const said = (await headers()).get("ae-tier");
  const tier = TIERS.includes(said) ? said : "full";
  const poor = tier === "lite" || tier === "minimal";
  return (
    <main data-tier={tier}>
      <img src="/img/lamp.jpg" alt="A lamp" width="640" height="480" />
      {poor || <video src="/video/lamp.mp4" autoPlay muted loop />}
      <script src={`/js/shop.js?tier=${tier}`} defer />
    </main>
  );
}
