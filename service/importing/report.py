"""What an import did: counts, and for every oddity its reason, how often and where."""

from dataclasses import dataclass, field

LINES_SHOWN = 5
_KINDS = ("merged", "incomplete", "contradictory", "passed_over", "rejected")
_ALWAYS_SHOWN = frozenset({"merged", "incomplete", "rejected"})


@dataclass(slots=True)
class Finding:
    """One kind of oddity: how often it was met and the first lines with it."""

    count: int = 0
    lines: list[int] = field(default_factory=list)

    def add(self, line: int) -> None:
        """Count one more, met on ``line``."""
        self.count += 1
        if len(self.lines) < LINES_SHOWN:
            self.lines.append(line)


@dataclass(slots=True)
class Report:
    """Each row read is inserted, updated, unchanged, merged, passed over or rejected.

    Besides, each unknown or unreadable value is counted as incomplete, and each row whose values
    differ from those that count as contradictory.
    """

    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    users_created: int = 0
    unused_columns: list[str] = field(default_factory=list)
    cut_short: str | None = None
    hints: list[str] = field(default_factory=list)
    """What the user may do about lines that were not read."""
    findings: dict[str, dict[str, Finding]] = field(
        default_factory=lambda: {kind: {} for kind in _KINDS}
    )

    def note(self, kind: str, reason: str, line: int) -> None:
        """Record what is odd about a row, by one of `_KINDS`, and why."""
        self.findings[kind].setdefault(reason, Finding()).add(line)

    def reject(self, reason: str, line: int) -> None:
        """Record a row that was read and not imported."""
        self.note("rejected", reason, line)

    def reject_broken(self, reason: str, line: int) -> None:
        """Record a line of which no row could be made."""
        self.read += 1
        self.reject(reason, line)

    def count(self, kind: str) -> int:
        """Return how many findings of one of `_KINDS` there are."""
        return sum(finding.count for finding in self.findings[kind].values())

    @property
    def stored(self) -> int:
        """Rows that are in the database now."""
        return self.inserted + self.updated + self.unchanged

    @property
    def rejected(self) -> int:
        """Rows that were not imported."""
        return self.count("rejected")

    def as_dict(self) -> dict[str, object]:
        """Return the report as plain values for JSON."""
        counts = {
            "read": self.read,
            "inserted": self.inserted,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "merged": self.count("merged"),
            "incomplete": self.count("incomplete"),
            "contradictory": self.count("contradictory"),
            "passed_over": self.count("passed_over"),
            "rejected": self.rejected,
        }
        details = [
            {"kind": kind, "reason": reason, "count": finding.count, "lines": finding.lines}
            for kind, findings in self.findings.items()
            for reason, finding in findings.items()
        ]
        return counts | {
            "users_created": self.users_created,
            "unused_columns": self.unused_columns,
            "cut_short": self.cut_short,
            "hints": self.hints,
            "details": details,
        }

    def text(self) -> str:
        """Return the report for people."""
        rows = [_count(name, getattr(self, name)) for name in ("read", "inserted", "updated")]
        if self.unchanged:
            rows.append(_count("unchanged", self.unchanged))
        for kind in _KINDS:
            if not self.findings[kind] and kind not in _ALWAYS_SHOWN:
                continue
            rows.append(_count(kind.replace("_", " "), self.count(kind)))
            rows += [_detail(reason, one) for reason, one in self.findings[kind].items()]
        if self.users_created:
            rows.append(_count("new listeners", self.users_created))
        if self.unused_columns:
            rows.append(f"Columns not used: {', '.join(self.unused_columns)}")
        rows += self.hints
        if self.cut_short:
            rows.append(f"Not read to its end: {self.cut_short}. What came before was kept.")
        return "\n".join(rows)


def _count(name: str, count: int) -> str:
    return f"{name:<13} {count:>11,}"


def _detail(reason: str, finding: Finding) -> str:
    lines = ", ".join(f"{line:,}" for line in sorted(finding.lines))
    more = ", ..." if finding.count > len(finding.lines) else ""
    word = "line" if finding.count == 1 else "lines"
    return f"  {finding.count:,} x {reason} ({word} {lines}{more})"
