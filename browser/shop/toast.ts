/** Says it at the foot of the page, and to screen readers, for five seconds. */
export function openToast() {
  const toast = document.querySelector("[data-toast]")!;
  let timer: ReturnType<typeof setTimeout>;
  return (text: string) => {
    clearTimeout(timer);
    toast.textContent = text;
    timer = setTimeout(() => (toast.textContent = ""), 5000);
  };
}
