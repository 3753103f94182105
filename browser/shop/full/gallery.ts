import EmblaCarousel from "embla-carousel";

/** The strip of photographs follows the pointer; without this script it scrolls. */
export function openGallery(gallery: HTMLElement) {
  const slides = gallery.querySelector<HTMLElement>("[data-slides]")!;
  slides.classList.add("moved-by-script");
  const carousel = EmblaCarousel(slides, { align: "start", containScroll: "trimSnaps" });
  const on = (key: string, act: () => void) =>
    gallery.querySelector(key)!.addEventListener("click", act);
  on("[data-previous]", () => carousel.scrollPrev());
  on("[data-next]", () => carousel.scrollNext());
  slides.addEventListener("keydown", ({ key }) => {
    if (key === "ArrowLeft") carousel.scrollPrev();
    if (key === "ArrowRight") carousel.scrollNext();
  });
}
