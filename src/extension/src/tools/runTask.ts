import * as vscode from 'vscode';
import { schema, text, type Arguments, type Detail, type Tool } from './tool';
import { ToolError } from './workspacePath';

/** By then nobody is waiting for the turn any more, so the task is ended. */
const taskTimeoutMs = 10 * 60 * 1000;

export const runTask: Tool = {
  name: 'run_task',
  title: 'run a task',
  setting: 'runTask',
  changes: true,
  description: 'Runs a task that the workspace defines, by its name, and tells how it ended. An unknown name lists the tasks.',
  inputSchema: schema({ name: { type: 'string' } }, ['name']),

  async describe(args) {
    const task = await find(args);
    return [
      { label: 'The task', text: `${task.name} (${task.source})` },
      { label: 'It runs', text: commandOf(task) },
      ...optionsOf(task),
    ];
  },

  async run(args, signal) {
    const code = await runToEnd(await find(args), AbortSignal.any([signal, AbortSignal.timeout(taskTimeoutMs)]));
    return code === undefined ? 'the task ended' : `the task ended with exit code ${code}`;
  },
};

async function find(args: Arguments): Promise<vscode.Task> {
  const name = text(args, 'name');
  const tasks = await vscode.tasks.fetchTasks();
  const task = tasks.find((candidate) => candidate.name === name);
  if (task === undefined) {
    throw new ToolError(`there is no such task; there are: ${tasks.slice(0, 100).map((candidate) => candidate.name).join(', ') || 'none'}`);
  }
  return task;
}

/** A person who is asked must see what would run, not only the name that a file of the workspace gives it. */
function commandOf({ execution, definition }: vscode.Task): string {
  if (execution instanceof vscode.ShellExecution) {
    const part = (value: string | vscode.ShellQuotedString | undefined) => (typeof value === 'string' ? value : value?.value ?? '');
    return execution.commandLine ?? [execution.command, ...(execution.args ?? [])].map(part).join(' ');
  }
  if (execution instanceof vscode.ProcessExecution) {
    return [execution.process, ...execution.args].join(' ');
  }
  return `what the editor does not tell; its definition: ${JSON.stringify(definition)}`;
}

/** The folder, variables and shell that a command runs with decide what it does. */
function optionsOf({ execution }: vscode.Task): Detail[] {
  const options = execution instanceof vscode.ShellExecution || execution instanceof vscode.ProcessExecution ? execution.options : undefined;
  return options === undefined ? [] : [{ label: 'With', text: JSON.stringify(options, undefined, 2) }];
}

async function runToEnd(task: vscode.Task, signal: AbortSignal): Promise<number | undefined> {
  // Listen before starting: a short task may be over before its start is reported.
  const ends = new Map<vscode.TaskExecution, number | undefined>();
  let check: () => unknown = () => undefined;
  const note = (execution: vscode.TaskExecution, code: number | undefined) => {
    ends.set(execution, ends.get(execution) ?? code);
    check();
  };
  const subscriptions = vscode.Disposable.from(
    vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => note(execution, exitCode)),
    // Tasks without a process have only this event; it comes after the one above.
    vscode.tasks.onDidEndTask(({ execution }) => note(execution, undefined)),
  );
  try {
    const execution = await vscode.tasks.executeTask(task);
    return await new Promise((resolve, reject) => {
      check = () => ends.has(execution) && resolve(ends.get(execution));
      const abort = () => {
        execution.terminate();
        reject(new ToolError('the task was ended before it was done'));
      };
      check();
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) {
        abort();
      }
    });
  } finally {
    subscriptions.dispose();
  }
}
