"""Setting spans up, where somebody asked for them; otherwise nothing of it is even loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from gateway.config.settings import TelemetrySettings
from gateway.telemetry.facts import Listener

# What OpenTelemetry itself calls them.
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
DISABLED = "OTEL_SDK_DISABLED"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tracing:
    """``listener`` makes spans of facts; ``close`` sends what waits, blocking for some seconds."""

    listener: Listener
    close: Callable[[], None]


def wanted(settings: TelemetrySettings, environ: Mapping[str, str]) -> bool:
    """Only where an operator has named somebody to send spans to."""
    if environ.get(DISABLED, "").strip().lower() == "true":
        return False
    return settings.endpoint is not None or any(environ.get(name) for name in ENDPOINTS)


def tracing_of(settings: TelemetrySettings, environ: Mapping[str, str]) -> Tracing | None:
    """None where nobody wants spans, or where the package for it is not installed."""
    if not wanted(settings, environ):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        mend = "install frontdesk[otel], or remove telemetry.endpoint"
        log.error("telemetry.not_installed", error=str(error), mend=mend)  # noqa: TRY400  # the sentence says it all
        return None
    # Without an endpoint of ours the exporter reads OpenTelemetry's own variables.
    exporter = OTLPSpanExporter(endpoint=settings.endpoint)
    return traced(settings.sample_ratio, BatchSpanProcessor(exporter))


def traced(ratio: float, processor: object) -> Tracing:
    """Spans that go to this processor of OpenTelemetry's SDK."""
    from importlib.metadata import version

    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.sdk.trace.sampling import TraceIdRatioBased

    from gateway.telemetry.spans import RowIds, Spans

    if not isinstance(processor, SpanProcessor):
        raise TypeError("a processor of OpenTelemetry's SDK is needed")
    ids = RowIds()
    provider = TracerProvider(
        # By the trace's id alone, which is the message's: every node keeps the same ones.
        sampler=TraceIdRatioBased(ratio),
        id_generator=ids,
        resource=Resource.create({"service.name": "frontdesk"}),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("frontdesk", version("frontdesk"))
    return Tracing(Spans(tracer, ids), provider.shutdown)
