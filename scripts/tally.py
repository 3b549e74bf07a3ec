#!/usr/bin/env python3
"""Adds up the results of ctest and of the suites that it ran.

Usage: tally.py FOLDER     with FOLDER/ctest.xml (ctest --output-junit) and FOLDER/SUITE.xml (JUnit) per suite

A suite without a file of its own counts as one test. Prints what was skipped, then `N passed, N failed`.
"""

import pathlib
import sys
import xml.etree.ElementTree as xml


def count(cases):
    """(passed, failed, skipped) of JUnit cases."""
    failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
    skipped = sum(
        (case.find("skipped") is not None or case.get("status") in ("notrun", "disabled", "skipped"))
        and case.find("failure") is None
        for case in cases
    )
    return len(cases) - failed - skipped, failed, skipped


def tally(folder):
    """(passed, failed, names skipped) over all suites."""
    passed, failed, skips = 0, 0, []
    for suite in xml.parse(folder / "ctest.xml").getroot().iter("testcase"):
        ran_well, went_wrong, left_out = count([suite])
        details = folder / f"{suite.get('name')}.xml"
        if details.exists():
            good, bad, skipped = count(list(xml.parse(details).getroot().iter("testcase")))
            passed, failed = passed + good, failed + bad
            if skipped:
                skips.append(f"{suite.get('name')} ({skipped})")
            # A suite that failed without a failed test crashed.
            failed += went_wrong if not bad else 0
        elif left_out:
            skips.append(suite.get("name"))
        else:
            passed, failed = passed + ran_well, failed + went_wrong
    return passed, failed, skips


def main():
    folder = pathlib.Path(sys.argv[1])
    try:
        passed, failed, skips = tally(folder)
    except (OSError, xml.ParseError) as error:
        print(f"error: no results of ctest: {error}", file=sys.stderr)
        print("0 passed, 1 failed")
        return 1
    if skips:
        print("SKIPPED: " + ", ".join(skips))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
