"""`python -m bench`: measures, prints, writes docs/performance.md; exit status 1 when a limit is not held."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import sqlalchemy as sa

from bench import arrears, billing, data, desk, files, keeping, mail, matching, measures, processes, receipts, report, standing

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def main(words: list[str] | None = None) -> int:
    asked = _asked(words)
    sections: list[report.Section] = []

    def tell(found: list[report.Section]) -> None:
        sections.extend(found)
        for section in found:
            print(report.terminal(section), flush=True)

    with data.homes(asked.databases) as homes:
        about = report.facts(asked.sizes, asked.databases, _postgres_version(homes))
        unions = []
        for size in asked.sizes if _OF_UNIONS & set(asked.only) else ():
            for kind in asked.databases:
                print(f"… {size:,} members on {kind}", file=sys.stderr, flush=True)
                unions.append(measures.union(homes, kind, size))
        if "screens" in asked.only:
            tell(measures.screens(unions, asked.rounds))
        if "export" in asked.only:
            tell(files.take_out(unions, homes.folder))
        if "processes" in asked.only:
            tell(processes.told(unions, homes.folder, quick=asked.quick))
        if "keeping" in asked.only:
            tell(keeping.kept(unions, homes, quick=asked.quick))
        for union in unions:
            measures.close(union)
        if "mail" in asked.only:
            tell(mail.mailed(homes, asked.databases, quick=asked.quick))
        if "arrears" in asked.only:
            tell([arrears.lists(homes, asked.databases, asked.sizes)])
        if "bills" in asked.only:
            tell([billing.runs(homes, asked.databases, asked.sizes)])
        if "standing" in asked.only:
            tell([standing.everybody(homes, asked.databases, asked.sizes)])
        if "statements" in asked.only:
            tell([matching.matched(homes, asked.databases, asked.sizes, quick=asked.quick)])
        if "desk" in asked.only:
            tell([desk.counter(homes, asked.databases, asked.sizes, quick=asked.quick)])
        if "receipts" in asked.only:
            tell([receipts.printed(homes, asked.databases, quick=asked.quick)])
        if "import" in asked.only:
            tell([files.bring_in(homes, asked.databases, max(asked.sizes))])

    if asked.write:
        # What was not asked for this time stays as it was measured last.
        before = asked.write.read_text("utf-8") if asked.write.exists() and not asked.quick else ""
        asked.write.write_text(report.markdown(sections, about, "python -m bench", before), encoding="utf-8")
        print(f"\n{asked.write}")
    failed = sum(len(section.failed) for section in sections)
    print(f"{failed} limits are not held" if failed else "all limits are held")
    return 1 if failed else 0


def _asked(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", type=_sizes, default=[1000, 10000, 100000], help="numbers of members, with commas between")
    parser.add_argument("--databases", type=_databases, default=["sqlite", "postgresql"], help="sqlite, postgresql or both")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS), help=f"which parts: {','.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=100, help="runs of each screen")
    parser.add_argument("--quick", action="store_true", help="tiny and in a hurry: shows that the bench works, not how fast the app is")
    parser.add_argument("--write", type=Path, default=PAGE, help="where the page goes (docs/performance.md)")
    parser.add_argument("--no-write", dest="write", action="store_const", const=None, help="print only")
    asked = parser.parse_args(words)
    if asked.quick:
        asked.sizes, asked.rounds = [60, 120], 3
    return asked


PARTS = ("screens", "export", "processes", "keeping", "mail", "arrears", "bills", "standing", "statements", "desk", "receipts", "import")
_OF_UNIONS = {"screens", "export", "processes", "keeping"}
"""The parts that share the databases of one membership; the others make their own."""


def _sizes(text: str) -> list[int]:
    return sorted(int(size) for size in text.split(","))


def _databases(text: str) -> list[str]:
    kinds = text.split(",")
    if not set(kinds) <= {"sqlite", "postgresql"}:
        raise argparse.ArgumentTypeError("known: sqlite, postgresql")
    return kinds


def _postgres_version(homes: data.Homes) -> str:
    if homes.server is None:
        return ""
    engine = sa.create_engine(homes.server)
    with engine.connect() as connection:
        version = str(connection.exec_driver_sql("SHOW server_version").scalar())
    engine.dispose()
    return version


if __name__ == "__main__":
    raise SystemExit(main())
