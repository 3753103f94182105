type Lab = readonly [lightness: number, a: number, b: number];

const linear = (channel: number) =>
  channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
const curve = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);

/** sRGB `#rrggbb` in CIE L*a*b* under D65. */
export function lab(hex: string): Lab {
  const [r, g, b] = [1, 3, 5].map((at) => linear(parseInt(hex.slice(at, at + 2), 16) / 255)) as [
    number,
    number,
    number,
  ];
  const x = curve((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
  const y = curve(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = curve((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIE94 colour difference for graphic arts: about 2 is just visible, 100 black to white. */
export function difference([l1, a1, b1]: Lab, [l2, a2, b2]: Lab): number {
  const c1 = Math.hypot(a1, b1);
  const chroma = c1 - Math.hypot(a2, b2);
  const hueSquared = Math.max((a1 - a2) ** 2 + (b1 - b2) ** 2 - chroma ** 2, 0);
  return Math.sqrt(
    (l1 - l2) ** 2 + (chroma / (1 + 0.045 * c1)) ** 2 + hueSquared / (1 + 0.015 * c1) ** 2,
  );
}
