"""What axe-core finds on a page, and whether the page fits its window."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).with_name("assets") / "axe.min.js"
RUN_AXE = """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
    'best-practice']})).violations.filter(found => ['serious', 'critical'].includes(found.impact))
    .map(found => [found.id, found.nodes.map(node => node.target.join(' ')).slice(0, 5)])"""
EXAMINED, FITTING = (360, 1440), (360, 390, 768, 1440)
HEIGHT = 900


def findings(page: Page) -> list:
    """Serious and critical ones only. Playwright evaluates outside the page's content security policy."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    return page.evaluate(RUN_AXE)


def findings_at(page: Page) -> list:
    """The page in windows of several widths: what axe finds, and where it must be scrolled sideways."""
    found = []
    for width in FITTING:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append((width, "scrolls sideways"))
        if width in EXAMINED:
            found += [(width, problem) for problem in findings(page)]
    return found
