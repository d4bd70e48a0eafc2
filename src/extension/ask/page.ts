/** The sidebar's page: its HTML with a content security policy that lets only our own script and styles in, and no string become script. */

export interface PageAssets {
  /** What may serve scripts, styles and fonts: the webview's own origin. */
  readonly cspSource: string;
  readonly script: string;
  readonly style: string;
  readonly codicons: string;
  readonly language: string;
  readonly title: string;
}

export function pageHtml({ cspSource, script, style, codicons, language, title }: PageAssets): string {
  const policy = [
    "default-src 'none'",
    `script-src ${cspSource}`,
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
    "require-trusted-types-for 'script'",
    'trusted-types dompurify lit-html longsight',
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escapeAttribute(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeAttribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeAttribute(title)}</title>
<link rel="stylesheet" href="${escapeAttribute(codicons)}" id="vscode-codicon-stylesheet">
<link rel="stylesheet" href="${escapeAttribute(style)}">
</head>
<body>
<main id="page"></main>
<script src="${escapeAttribute(script)}"></script>
</body>
</html>`;
}

function escapeAttribute(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
