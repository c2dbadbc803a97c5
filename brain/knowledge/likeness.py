"""Owns what a cosine of one embedder is worth in those of the shipped sentence model, whose scores
the weights were measured with: some models call everything alike, others nearly nothing. Measures
on pairs of its own; never looks at anybody's knowledge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from brain.contract import Embedder

# Questions of customers, each with a sentence that answers it and no other.
_PAIRS: Sequence[tuple[str, str]] = (
    ("how do I send something back", "Unused items can be returned within 30 days of delivery."),
    ("where is my parcel", "Track your delivery with the link in the dispatch e-mail."),
    (
        "I can't sign in any more",
        "If you forgot your password, ask for a new one on the login page.",
    ),
    ("do you take credit cards", "We accept Visa, Mastercard and payment by bank transfer."),
    ("what does postage cost", "Standard shipping is 4.90 within the country."),
    ("my zipper broke", "The warranty covers faults of material for two years."),
    ("can I change the address", "Until an order is packed you may correct where it is sent."),
    ("delete my data", "You can ask for your account and personal data to be erased."),
    ("which size should I get", "Measure your foot and compare it with the size chart."),
    ("how do I invite a colleague", "Under team settings an administrator adds new members."),
    ("the app crashes at start", "Install the latest version and restart the phone."),
    ("I want an invoice for my company", "Bills with your VAT number are under past orders."),
    ("does my voucher still work", "Gift cards are valid for three years from purchase."),
    ("how do I turn off e-mails", "Unsubscribe from the newsletter in your notification settings."),
    ("cancel my subscription", "You can end your plan at any time before it renews."),
    ("export everything as a spreadsheet", "Reports can be downloaded as CSV files."),
)
# What the shipped model makes of these pairs, and of each question with all the other answers.
_RELATED = 0.423
_UNRELATED = 0.085
# A model that hardly parts them is not made to look as if it did.
_LEAST_APART = 0.05


@dataclass(frozen=True, slots=True)
class Likeness:
    """A straight line through the mean cosines of pairs that belong together and of those that do
    not. The default leaves cosines as they are."""

    related: float = _RELATED
    unrelated: float = _UNRELATED

    def of(self, cosine: float) -> float:
        apart = max(_LEAST_APART, self.related - self.unrelated)
        return _UNRELATED + (cosine - self.unrelated) * (_RELATED - _UNRELATED) / apart


def measured(embedder: Embedder) -> Likeness:
    """Blocking; embeds a few dozen sentences unless the embedder's scores are known."""
    if embedder.name.startswith(("minilm-", "ngram-")):
        return Likeness()
    questions = embedder.embed([question for question, _ in _PAIRS])
    answers = embedder.embed([answer for _, answer in _PAIRS])
    return Likeness(
        fmean(_dot(q, a) for q, a in zip(questions, answers, strict=True)),
        fmean(_others(questions, answers)),
    )


def _others(
    questions: Sequence[Sequence[float]], answers: Sequence[Sequence[float]]
) -> Iterable[float]:
    for i, question in enumerate(questions):
        for j, answer in enumerate(answers):
            if i != j:
                yield _dot(question, answer)


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))
