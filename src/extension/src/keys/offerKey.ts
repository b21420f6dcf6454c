import * as vscode from 'vscode';
import { keyLabel, type KeyName } from '../settings';

let asking = false;

/** A chat without a key is of no use: offers to set it. One question at a time, for every request of every page fails. */
export async function offerToSetKey(name: KeyName): Promise<void> {
  if (asking) {
    return;
  }
  asking = true;
  try {
    const set = 'Set API Key';
    if ((await vscode.window.showWarningMessage(`There is no API key for ${keyLabel(name)}.`, set)) === set) {
      await vscode.commands.executeCommand('aotsidecar.setApiKey');
    }
  } finally {
    asking = false;
  }
}
