import type { HostTool, ToolCall, ToolResult } from '@aotsidecar/client';
import * as vscode from 'vscode';
import type { Logs } from '../logs';
import type { Settings, ToolPolicy } from '../settings';
import { applyEdit } from './applyEdit';
import type { Consent } from './consent';
import { listFiles } from './listFiles';
import { readFile } from './readFile';
import { runTask } from './runTask';
import { search } from './search';
import { bounded, type Arguments, type Detail, type Tool } from './tool';
import { ToolError } from './workspacePath';

const tools: readonly Tool[] = [readFile, listFiles, search, applyEdit, runTask];

/**
 * The tools that a model may use. Each is off until the user turns it on, and asks every time unless the user says
 * otherwise, because what a model wants may come from a file it has read.
 */
export class HostTools {
  constructor(
    private readonly settings: Settings,
    private readonly logs: Logs,
    private readonly consent: Consent,
  ) {}

  list(): Promise<readonly HostTool[]> {
    const offered = tools.filter((tool) => this.#policy(tool) !== 'off');
    return Promise.resolve(offered.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })));
  }

  async call({ name, arguments: args = {} }: ToolCall, signal: AbortSignal): Promise<ToolResult> {
    try {
      const tool = tools.find((candidate) => candidate.name === name);
      if (tool === undefined || this.#policy(tool) === 'off') {
        throw new ToolError('the user has not allowed that tool');
      }
      const details = await tool.describe(args);
      if (this.#policy(tool) === 'ask') {
        await this.#askFor(tool, args, details, signal);
      }
      signal.throwIfAborted();
      this.logs.client.info(`tool ${name} runs`);
      return { content: [{ type: 'text', text: bounded(await tool.run(args, signal)) }] };
    } catch (error) {
      this.logs.client.warn(`tool ${name}: ${String(error)}`);
      // Other errors may contain paths of this machine.
      const message = error instanceof ToolError ? error.message : 'the editor could not do that';
      return { content: [{ type: 'text', text: bounded(message) }], isError: true };
    }
  }

  /** Lets the user choose which tools are offered, and whether they ask first. */
  async manage(): Promise<void> {
    const policies: readonly ToolPolicy[] = ['off', 'ask', 'allow'];
    const tool = await vscode.window.showQuickPick(
      tools.map((candidate) => ({ label: candidate.title, description: this.settings.toolPolicy(candidate.setting), candidate })),
      { placeHolder: 'What may the model ask of the editor?' },
    );
    const explanations = { off: 'not offered to the model', ask: 'you are asked each time', allow: 'runs without a question' };
    const policy =
      tool &&
      (await vscode.window.showQuickPick(
        policies.map((label) => ({ label, description: explanations[label] })),
        { placeHolder: `May the model ${tool.label}?` },
      ));
    if (policy) {
      await this.settings.setToolPolicy(tool.candidate.setting, policy.label);
      void vscode.window.showInformationMessage(`To ${tool.label}: ${policy.description}.`);
    }
  }

  #policy(tool: Tool): ToolPolicy {
    return tool.changes && !vscode.workspace.isTrusted ? 'off' : this.settings.toolPolicy(tool.setting);
  }

  async #askFor(tool: Tool, args: Arguments, details: readonly Detail[], signal: AbortSignal): Promise<void> {
    if (!(await this.consent.ask(`May the model ${tool.title}?`, details, signal))) {
      throw new ToolError('the user refused this call');
    }
    // The user allowed what they saw, but a task or a file may have changed since.
    if (JSON.stringify(await tool.describe(args)) !== JSON.stringify(details)) {
      throw new ToolError('what was to be done changed while the user was asked');
    }
  }
}
