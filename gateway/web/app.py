"""Builds the aiohttp application from its parts: routes behind their guard, and what every request
passes. It opens no port and starts nothing."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from gateway.web.api.accounts import Accounts
from gateway.web.api.actions import Actions
from gateway.web.api.articles import ArticlePages
from gateway.web.api.bounds import Bounds
from gateway.web.api.canned import CannedReplies
from gateway.web.api.channels import Channels
from gateway.web.api.contacts import Contacts
from gateway.web.api.conversations import Conversations
from gateway.web.api.correcting import Correcting
from gateway.web.api.deliveries import Deliveries
from gateway.web.api.drafts import Drafts
from gateway.web.api.events import Events
from gateway.web.api.first_steps import FirstSteps
from gateway.web.api.inbox import Inbox
from gateway.web.api.joins import Joins
from gateway.web.api.knowledge import KnowledgePages
from gateway.web.api.openapi import OpenApi
from gateway.web.api.outgoing import Outgoing
from gateway.web.api.settings import SettingsPages
from gateway.web.api.staff import StaffAndTurns
from gateway.web.api.team import Team
from gateway.web.api.trying import Trying
from gateway.web.api.unread import Unread
from gateway.web.api.viewing import Viewing
from gateway.web.credentials import Credentials
from gateway.web.desk_pages import DeskPages
from gateway.web.files import FilePages
from gateway.web.health import HealthPages
from gateway.web.join_pages import JoinPages
from gateway.web.middlewares import behind, headers_of_all, refusing, watched
from gateway.web.parts import Parts
from gateway.web.routes import BODY_LIMIT, Guard, Route
from gateway.web.trial_page import TrialPage


def build_app(parts: Parts) -> web.Application:
    """Serve it through ``runner_of``."""
    credentials = Credentials(parts.people, parts.base_url)
    trusted = tuple(parts.trusted_proxies)
    middlewares = [watched(parts.metrics, parts.clock, trusted=trusted), refusing()]
    if trusted:
        middlewares.append(behind(trusted))
    app = web.Application(middlewares=middlewares, client_max_size=BODY_LIMIT)
    app.add_routes(Guard(credentials).definitions(own_routes(parts, credentials)))
    app.add_routes(parts.routes)
    app.on_response_prepare.append(headers_of_all(https=parts.base_url.startswith("https://")))
    return app


def runner_of(app: web.Application) -> web.AppRunner:
    """How the application is served. Bodies stay as they came: a compressed one is refused before
    anything is unpacked. The log has a line for each request, without the address's own text."""
    return web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=3.0)


def own_routes(parts: Parts, credentials: Credentials) -> Sequence[Route]:
    """Every route of ours; those of the channels have their own doors."""
    api = [
        *StaffAndTurns(parts).routes(),
        *Team(parts).routes(),
        *Accounts(parts).routes(),
        *Channels(parts).routes(),
        *FirstSteps(parts).routes(),
        *Viewing(parts).routes(),
        *Inbox(parts).routes(),
        *Conversations(parts).routes(),
        *CannedReplies(parts).routes(),
        *Contacts(parts).routes(),
        *Outgoing(parts).routes(),
        *Actions(parts).routes(),
        *Drafts(parts).routes(),
        *Joins(parts).routes(),
        *Deliveries(parts).routes(),
        *Unread(parts).routes(),
        *Bounds(parts).routes(),
        *Events(parts).routes(),
        *KnowledgePages(parts).routes(),
        *SettingsPages(parts).routes(),
        *ArticlePages(parts).routes(),
        *Correcting(parts).routes(),
        *Trying(parts).routes(),
    ]
    return [
        *HealthPages(parts).routes(),
        *FilePages(parts.store, parts.files, parts.file_links, parts.tenant).routes(),
        *DeskPages(parts, credentials).routes(),
        *TrialPage(parts).routes(),
        *JoinPages(parts, credentials).routes(),
        *api,
        *OpenApi(api).routes(),
    ]
