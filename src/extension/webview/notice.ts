/** One line above the component, for what it has no words and no button for. */
export class Notice {
  #element: HTMLElement | undefined;

  show(message: string, label: string, act: () => void): void {
    this.hide();
    const element = document.createElement('div');
    element.className = 'problem';
    element.setAttribute('role', 'alert');
    const button = document.createElement('button');
    button.textContent = label;
    button.addEventListener('click', act);
    element.append(message, ' ', button);
    document.body.prepend(element);
    this.#element = element;
  }

  hide(): void {
    this.#element?.remove();
  }
}
