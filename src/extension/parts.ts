/** What the small features are given when they register themselves. */
import type * as vscode from 'vscode';
import type { AskView } from './ask/ask-view.ts';
import type { Conversation } from './conversation/conversation.ts';
import type { EngineClient } from './engine/engine-client.ts';
import type { LineOpener } from './open-lines.ts';
import type { WindowFolders } from './repository.ts';

export interface Parts {
  readonly context: vscode.ExtensionContext;
  readonly client: EngineClient;
  readonly conversation: Conversation;
  readonly askView: AskView;
  readonly window: WindowFolders;
  readonly opener: LineOpener;
  readonly log: vscode.LogOutputChannel;
}
