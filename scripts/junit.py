"""JUnit files: how each suite of tests tells scripts/tally.py about its single tests."""

import pathlib
import xml.etree.ElementTree as xml


class Suite:
    """Collects cases; prints failures as they come."""

    def __init__(self, name, output=None):
        self.name, self.output, self.cases = name, output, []

    def add(self, name, failure=None, skipped=False):
        """One case; `failure` says what was wrong, or is empty."""
        self.cases.append((name, failure, skipped))
        if failure:
            print(f"FAILED: {name}: {failure}", flush=True)

    def finish(self):
        """Writes the file and returns the exit status."""
        failed = sum(bool(failure) for _, failure, _ in self.cases)
        if self.output:
            suite = xml.Element("testsuite", name=self.name, tests=str(len(self.cases)), failures=str(failed))
            for name, failure, skipped in self.cases:
                case = xml.SubElement(suite, "testcase", classname=self.name, name=name)
                if failure:
                    xml.SubElement(case, "failure", message=failure)
                if skipped:
                    xml.SubElement(case, "skipped")
            pathlib.Path(self.output).parent.mkdir(parents=True, exist_ok=True)
            xml.ElementTree(suite).write(self.output)
        print(f"{self.name}: {len(self.cases)} tests, {failed} failed")
        return 1 if failed else 0
