/** Shows, on a page reached by the search form, the cards that `matching` takes; all if it takes none. */
export function filterCards(matching: (query: string) => (card: HTMLElement) => boolean) {
  const query = new URLSearchParams(location.search).get("q")?.trim();
  const note = document.querySelector("[data-search-note]");
  if (!query || !note) return;
  document.querySelector<HTMLInputElement>("#search")!.value = query;
  const cards = [...document.querySelectorAll<HTMLElement>("[data-print]")];
  const found = cards.filter(matching(query));
  if (found.length) for (const card of cards) card.hidden = !found.includes(card);
  note.textContent = found.length
    ? `${found.length} of ${cards.length} for “${query}”`
    : `Nothing here for “${query}”: all ${cards.length} are shown`;
}
