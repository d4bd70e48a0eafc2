/** Makes words of what the engine sends, in the language of this window. */
import * as vscode from 'vscode';
import { type Language, type Speaker, createSpeaker } from '../base/speaker.ts';

/** The window's language: what VS Code loaded of `l10n/bundle.l10n.<language>.json`; English has no bundle. */
export const language: Language = { locale: vscode.env.language, bundle: vscode.l10n.bundle ?? {} };

export const speaker: Speaker = createSpeaker('editor', language);
