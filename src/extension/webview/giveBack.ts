import { typedText } from './typedText';

interface Composer {
  addEventListener(type: string, listener: () => void, options: { once: boolean }): void;
  setComposerValue(value: { readonly text: string }): Promise<void>;
}

/**
 * Makes a request of the component. It drops a message whose request fails, so what was typed comes back into its composer;
 * `isRefusal` knows the responses that stand for a failure in spite of their status.
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
      // Not before it has taken the failure in: until then its composer belongs to the message that it drops.
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
