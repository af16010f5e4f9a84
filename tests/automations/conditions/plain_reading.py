"""Conditions read in plain Python, to hold what the database answers against."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from members.models import Member
from tests.factories import NOW

TODAY = NOW.date()


def small(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def text_fits(value: str, rule: dict[str, Any]) -> bool:
    wanted = small(rule.get("value", "").strip())
    match rule["operator"]:
        case "is":
            return small(value) == wanted
        case "is_not":
            return small(value) != wanted
        case "one_of":
            return small(value) in [part.strip() for part in wanted.split(",") if part.strip()]
        case "contains":
            return wanted in small(value)
        case "empty":
            return value == ""
        case _:
            return value != ""


def choice_fits(value: str, rule: dict[str, Any]) -> bool:
    match rule["operator"]:
        case "is":
            return bool(value == rule["value"])
        case "is_not":
            return bool(value != rule["value"])
        case _:
            return value in rule["value"]


def number_fits(value: float | None, rule: dict[str, Any]) -> bool:
    operator = rule["operator"]
    if operator in ("empty", "filled"):
        return (value is None) == (operator == "empty")
    if value is None:
        return False
    wanted = rule["value"]
    answers: dict[str, Callable[[], bool]] = {
        "is": lambda: value == wanted,
        "at_least": lambda: value >= wanted,
        "more_than": lambda: value > wanted,
        "at_most": lambda: value <= wanted,
        "less_than": lambda: value < wanted,
        "between": lambda: wanted <= value <= rule["to"],
    }
    return answers[operator]()


def day_fits(value: dt.date | None, rule: dict[str, Any]) -> bool:
    operator = rule["operator"]
    if operator in ("empty", "filled"):
        return (value is None) == (operator == "empty")
    if value is None:
        return False
    if "days" in rule:
        ago = (TODAY - value).days
        return {"in_last": 0 <= ago < rule["days"], "ago": ago >= rule["days"]}[operator]
    wanted = dt.date.fromisoformat(rule["value"])
    if operator == "between":
        return wanted <= value <= dt.date.fromisoformat(rule["to"])
    return {"is": value == wanted, "before": value < wanted, "since": value >= wanted}[operator]


def age(born: dt.date | None) -> int | None:
    return born and TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))


def rule_fits(member: Member, rule: dict[str, Any]) -> bool:
    match rule["field"]:
        case "membership_level":
            return text_fits(member.membership_level, rule)
        case "membership_status" | "stage":
            return choice_fits(getattr(member, rule["field"]), rule)
        case "is_recurring":
            return member.is_recurring == (rule["value"] == "yes")
        case "age":
            return number_fits(age(member.birthday_on), rule)
        case "days_away":
            on = member.last_attended_on()
            return number_fits((TODAY - on).days if on else None, rule)
        case "visits":
            last = [visit.attended_at for visit in member.visits.all()]
            inside = [at for at in last if (TODAY - at.date()).days < rule["days"] and at <= NOW]
            return number_fits(len(inside), rule)
        case "joined_on":
            return day_fits(member.joined_on, rule)
        case _:
            size = member.custom.get("size")
            is_number = isinstance(size, int | float) and not isinstance(size, bool)
            return number_fits(size if is_number else None, rule)


def fits(member: Member, tree: dict[str, Any]) -> bool:
    if "rules" not in tree:
        return rule_fits(member, tree)
    answers = [fits(member, rule) for rule in tree["rules"]]
    return all(answers) if tree["match"] == "all" else any(answers)
