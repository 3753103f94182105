const line = {
  width: 20,
  height: 20,
  viewBox: "0 0 20 20",
  fill: "none",
  stroke: "currentColor",
  strokeWidth: 1.5,
  strokeLinecap: "round",
  "aria-hidden": true,
} as const;

export const SearchIcon = () => (
  <svg {...line}>
    <circle cx="8.5" cy="8.5" r="5.5" />
    <path d="m13 13 4.5 4.5" />
  </svg>
);

export const MenuIcon = () => (
  <svg {...line}>
    <path d="M3 6h14M3 10h14M3 14h14" />
  </svg>
);

export const BasketIcon = () => (
  <svg {...line}>
    <path d="M3 7h14l-1.4 9.5H4.4zM7 7a3 3 0 0 1 6 0" />
  </svg>
);

export const ArrowIcon = ({ back = false }) => (
  <svg {...line}>
    <path d={back ? "M16 10H4m5-5-5 5 5 5" : "M4 10h12m-5-5 5 5-5 5"} />
  </svg>
);
