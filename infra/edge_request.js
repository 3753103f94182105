// The decision of adaptive.edge for CloudFront Functions: docs/variants.md is its specification,
// tests/contracts holds it to the Python. Language: cloudfront-js-2.0, that is ES 5.1 with const,
// let, arrow functions and async (no await in arguments, no for-of, no destructuring).
import cf from "cloudfront";

const POLICY = {}; // infra.edge_twin puts the site's here
const KVS = cf.kvs(); // path -> width of an original, or JSON of a script's twins
const OURS = "x-ae-";
// `Accept` names the format, and not with `q=0` (RFC 9110, 12.4.2)
const AVIF =
  /(^|,)[ \t]*image\/avif[ \t]*(;[ \t]*q=(0\.(0{0,2}[1-9]|0?[1-9]\d|[1-9]\d\d)|1(\.0{1,3})?)[ \t]*)?(,|$)/;
const WEBP =
  /(^|,)[ \t]*image\/webp[ \t]*(;[ \t]*q=(0\.(0{0,2}[1-9]|0?[1-9]\d|[1-9]\d\d)|1(\.0{1,3})?)[ \t]*)?(,|$)/;

function has(object, name) {
  return Object.prototype.hasOwnProperty.call(object, name);
}

function poorer(one, other) {
  return one && POLICY.tiers.indexOf(one) > POLICY.tiers.indexOf(other) ? one : other;
}

function value(headers, names) {
  for (let i = 0; i < names.length; i++) {
    const found = headers[names[i]];
    if (found && !(found.multiValue && found.multiValue.length > 1)) {
      const text = found.value;
      if (text.length <= POLICY.longest_value && /^[\x00-\x7f]*$/.test(text)) return text;
    }
  }
  return "";
}

function parsed(text) {
  return (/^[0-9]{1,5}(\.[0-9]{1,6})?$/.test(text) && Number(text)) || null;
}

function number(headers, name) {
  return parsed(value(headers, ["sec-ch-" + name, name]));
}

function known(word) {
  return word === POLICY.control || POLICY.tiers.indexOf(word) >= 0 ? word : null;
}

function cookie(request, name) {
  if (!has(request.cookies, name)) return "";
  const found = request.cookies[name];
  return found.multiValue ? found.multiValue[0].value : found.value;
}

// A tier, `control`, or the recipe of `tier.recipe`
function pageCookie(request) {
  const text = cookie(request, POLICY.page_cookie);
  const at = text.indexOf(".");
  const name = text.slice(at + 1);
  return at > 0 && tierOf(name) === text.slice(0, at) && tierOf(name) !== name ? name : known(text);
}

function tierOf(word) {
  return has(POLICY.recipes, word) ? POLICY.recipes[word] : word;
}

function parameter(request, name) {
  const query = request.querystring;
  if (!has(query, name) || (query[name].multiValue && query[name].multiValue.length > 1)) return "";
  return query[name].value;
}

function saidTier(headers) {
  const ect = value(headers, ["sec-ch-ect", "ect"]);
  const rtt = number(headers, "rtt");
  const downlink = number(headers, "downlink");
  const memory = number(headers, "device-memory");
  let tier = has(POLICY.ect, ect) ? POLICY.ect[ect] : null;
  const say = (pair) => {
    if (pair) tier = poorer(tier, pair[1]);
  };
  if (rtt) say(POLICY.rtt.find((pair) => rtt >= pair[0]));
  if (downlink) say(POLICY.downlink.find((pair) => downlink < pair[0]));
  if (memory) say(POLICY.memory.find((pair) => memory <= pair[0]));
  return tier;
}

function isPhone(headers) {
  const said = value(headers, ["sec-ch-ua-mobile"]);
  if (said) return said === "?1";
  const agent = value(headers, ["user-agent"]);
  return agent.includes("Mobi") && !agent.includes("iPad") && !agent.includes("Tablet");
}

function wantedWidth(request) {
  const headers = request.headers;
  const w = parsed(parameter(request, "w"));
  if (w) return w;
  const width = number(headers, "width");
  if (width) return width;
  const viewport = number(headers, "viewport-width");
  const ratio = number(headers, "dpr");
  if (viewport && ratio) return viewport * ratio;
  return isPhone(headers) ? POLICY.phone_width : POLICY.desktop_width;
}

function chosenWidth(wanted, tier, limit) {
  const ladder = POLICY.ladders[tier];
  const least = wanted / (has(POLICY.upscale, tier) ? POLICY.upscale[tier] : 1);
  let width = 0;
  for (let i = 0; i < ladder.length && ladder[i] <= limit; i++) {
    width = ladder[i];
    if (width >= least) break;
  }
  return width;
}

function chosenFormat(request) {
  const accept = value(request.headers, ["accept"]);
  if (POLICY.formats.indexOf("avif") >= 0 && AVIF.test(accept)) return "avif";
  if (POLICY.formats.indexOf("webp") >= 0 && WEBP.test(accept)) return "webp";
  return /\.jpe?g$/i.test(request.uri) ? "jpg" : "";
}

function isImage(uri) {
  return (
    POLICY.image_prefixes.some((prefix) => uri.startsWith(prefix)) &&
    uri.length <= POLICY.longest_uri &&
    /^(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+\.(jpe?g|png|webp)$/i.test(uri) &&
    !/\/[0-9]+w\.[a-z]+\.[a-z]+$/.test(uri)
  );
}

async function stored(uri) {
  try {
    return await KVS.get(uri);
  } catch (error) {
    return ""; // no such key
  }
}

// The tier, its recipe, or `control`, as the visitor is known now
function currentWord(request) {
  const measured = known(cookie(request, POLICY.cookie));
  if (measured === POLICY.control) return measured;
  const tier = measured || saidTier(request.headers) || POLICY.default_tier;
  const saves = value(request.headers, ["save-data"]) === "on";
  const word = saves ? poorer(tier, POLICY.save_data) : tier;
  const recipe = cookie(request, POLICY.recipe_cookie);
  return has(POLICY.recipes, recipe) && measured === word && tierOf(recipe) === word
    ? recipe
    : word;
}

function isNavigation(headers) {
  if (value(headers, ["sec-purpose", "purpose"]).startsWith("prefetch")) return false;
  const destination = value(headers, ["sec-fetch-dest"]);
  if (destination) return destination === "document";
  return value(headers, ["accept"]).includes("text/html");
}

function pageWord(request) {
  const pinned = isNavigation(request.headers) ? null : pageCookie(request);
  return pinned || currentWord(request);
}

function variant(request, found) {
  const uri = request.uri;
  if (found.startsWith("{")) {
    const said = known(parameter(request, "tier"));
    const pinned = pageCookie(request);
    const goesOn = !said || (pinned && tierOf(pinned) === said);
    const word = (goesOn ? pinned : said) || currentWord(request);
    const twins = JSON.parse(found);
    return has(twins, word) ? twins[word] : uri;
  }
  const word = currentWord(request);
  if (word === POLICY.control) return uri;
  const ladder = has(POLICY.ladders, word) ? word : tierOf(word);
  const width = chosenWidth(wantedWidth(request), ladder, Number(found) || Infinity);
  const format = chosenFormat(request);
  return width && format ? uri + "/" + width + "w." + ladder + "." + format : uri;
}

async function adapt(request) {
  const headers = request.headers;
  delete headers[POLICY.header];
  const found = await stored(request.uri);
  const reads = request.method === "GET" || request.method === "HEAD";
  const adapted = reads && (found.startsWith("{") || isImage(request.uri));
  const uri = adapted ? variant(request, found) : request.uri;
  Object.keys(headers).forEach((name) => {
    if (name.startsWith(OURS)) delete headers[name];
  });
  if (POLICY.own_origin && !adapted) headers[POLICY.header] = { value: tierOf(pageWord(request)) };
  if (uri !== request.uri) {
    request.uri = uri;
    request.querystring = {};
  }
}

function pin(request, response) {
  const headers = request.headers;
  if (!isNavigation(headers) || value(headers, ["sec-gpc"]) === "1") return;
  const word = pageWord(request);
  if (word === pageCookie(request)) return;
  const tier = tierOf(word);
  const text = tier === word ? word : tier + "." + word;
  if (!response.cookies) response.cookies = {};
  response.cookies[POLICY.page_cookie] = { value: text, attributes: POLICY.page_attributes };
}

async function handler(event) {
  const request = event.request;
  const response = event.response;
  try {
    if (response) pin(request, response);
    else await adapt(request);
  } catch (error) {
    // fail open: an exception here is an error page for the visitor
  }
  return response || request;
}
