"""The frame of the demo's HTML pages: self-contained, no scripts, nothing fetched from elsewhere."""

from __future__ import annotations

import secrets
from html import escape

from aiohttp import web

_STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8882;--mute:#888}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:90rem;padding:1.2rem}
h1{font-size:1.4rem;margin:0}h2{font-size:1.05rem;margin:.2rem 0 .6rem}
header{display:flex;gap:1rem;align-items:baseline;flex-wrap:wrap;margin-bottom:1rem}
.mute{color:var(--mute)}a{color:inherit}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
td.num,th.num{text-align:right;font-variant-numeric:tabular-nums}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:1rem;align-items:start}
article{border:1px solid var(--line);border-left:4px solid var(--mute);border-radius:6px;padding:.6rem .8rem;
margin-bottom:.7rem;overflow-wrap:anywhere}
article.firing{border-left-color:#d33}article.resolved{border-left-color:#2a5}
article h3{font-size:.95rem;margin:0}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.82rem;background:var(--soft);border-radius:4px;
padding:.5rem;margin:.4rem 0 0;max-height:22rem;overflow:auto}
"""


def html_page(title: str, body: str, *, refresh_seconds: int = 0, status: int = 200) -> web.Response:
    """A page with `body`, which is HTML: the caller has escaped what isn't its own.

    The security policy forbids scripts and foreign content altogether, so that even a forgotten escape can't
    run anything. `refresh_seconds`: 0 for a page that stays as it is.
    """
    nonce = secrets.token_urlsafe(16)
    refresh = f'<meta http-equiv="refresh" content="{refresh_seconds}">' if refresh_seconds else ""
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>{refresh}'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<style nonce="{nonce}">{_STYLE}</style></head><body>{body}</body></html>'
    )
    headers = {
        "Content-Security-Policy": f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return web.Response(text=text, content_type="text/html", headers=headers, status=status)
