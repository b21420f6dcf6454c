import { typedText } from './typedText';

interface Composer {
  addEventListener(type: string, listener: () => void, options: { once: boolean }): void;
  setComposerValue(value: { readonly text: string }): Promise<void>;
}

/**
 * Makes a request of the component. The component drops a message whose request fails, so this puts the typed text back
 * into the composer. `isRefusal` recognises failures that have a success status.
 */
export async function givingBack(
  composer: Composer,
  init: RequestInit | undefined,
  request: () => Promise<Response>,
  isRefusal: (response: Response) => boolean,
): Promise<Response> {
  const giveBack = () => {
    const text = typedText(init?.body);
    if (text !== undefined && !init?.signal?.aborted) {
      // Wait for the end of the response: the component clears its composer until then.
      composer.addEventListener('chatkit.response.end', () => void composer.setComposerValue({ text }), { once: true });
    }
  };
  try {
    const response = await request();
    if (!response.ok || isRefusal(response)) {
      giveBack();
    }
    return response;
  } catch (error) {
    giveBack();
    throw error;
  }
}
