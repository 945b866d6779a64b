"""Sign-in, users, credits and erasure."""

from __future__ import annotations

from datetime import timedelta

import httpx2
from dependency_injector import providers

from adapters.cached_verifier import CachedVerifier
from adapters.clerk import ClerkKeys, ClerkTokenVerifier, SvixDeliveryReader
from adapters.development_issuer import DevelopmentIssuer
from adapters.files import StoredPersonalFiles
from adapters.postgres.accounts import PostgresCreditReader, PostgresExpiredHolds
from adapters.postgres.credit_resets import PostgresCreditResets
from adapters.postgres.deliveries import PostgresFailedDeliveries
from adapters.postgres.erasures import PostgresPendingErasures
from adapters.postgres.personal_data import PostgresPersonalData, PostgresPersonalRecords
from application.accounts import (
    Accounts,
    AdjustCredits,
    ChargeCredits,
    EraseAccount,
    ExportAccount,
    HoldCredits,
    ReceiveUserEvent,
    RefundCharge,
    RequestErasure,
    ResetCredits,
    SignIn,
    SweepErasures,
    UpdatePreferences,
)
from application.accounts.ports import PersonalData
from entrypoints.bootstrap.vectors import VectorsContainer
from entrypoints.settings import Settings

_ERASURE_LOST_AFTER = timedelta(minutes=10)
"""How long an erasure may take before it is asked for again: as long as a job may."""

_RESET_BATCH = 2_000
"""Users; a tenth of a second or two, for which a spend of one of them waits."""


def _issuer(settings: Settings) -> str:
    return "development" if settings.clerk_issuer is None else "clerk"


def _delivery_reader(settings: Settings) -> SvixDeliveryReader | None:
    return SvixDeliveryReader(settings.clerk_webhook_secrets) if settings.clerk_webhook_secrets else None


def _stores(*stores: PersonalData, elsewhere: list[PersonalData]) -> list[PersonalData]:
    return [*stores, *elsewhere]


class AccountsContainer(VectorsContainer):
    """Sign-in, users, credits, erasure."""

    development_issuer = providers.Singleton(
        DevelopmentIssuer, VectorsContainer.settings.provided.issuer_dir, clock=VectorsContainer.clock
    )
    clerk_http = providers.Singleton(httpx2.AsyncClient)
    clerk_keys = providers.Singleton(ClerkKeys, VectorsContainer.settings.provided.clerk_keys_url, clerk_http)
    clerk_verifier = providers.Singleton(
        ClerkTokenVerifier,
        clerk_keys,
        issuer=VectorsContainer.settings.provided.clerk_issuer,
        parties=VectorsContainer.settings.provided.clerk_authorized_parties,
        clock=VectorsContainer.clock,
    )
    issuer = providers.Callable(_issuer, VectorsContainer.settings)
    sign_in_keys = providers.Selector(issuer, clerk=clerk_keys, development=providers.Object(None))
    verifier = providers.Singleton(
        CachedVerifier,
        providers.Selector(issuer, clerk=clerk_verifier, development=development_issuer),
        clock=VectorsContainer.clock,
    )
    delivery_reader = providers.Singleton(_delivery_reader, VectorsContainer.settings)
    failed_deliveries = providers.Singleton(PostgresFailedDeliveries, VectorsContainer.transactions)
    credit_reader = providers.Singleton(PostgresCreditReader, VectorsContainer.transactions)
    expired_holds = providers.Singleton(PostgresExpiredHolds, VectorsContainer.transactions)
    credit_resets = providers.Singleton(PostgresCreditResets, VectorsContainer.transactions)
    pending_erasures = providers.Singleton(PostgresPendingErasures, VectorsContainer.transactions)
    personal_rows = providers.Singleton(PostgresPersonalData, VectorsContainer.transactions)
    personal_records = providers.Singleton(PostgresPersonalRecords, VectorsContainer.transactions)
    personal_files = providers.Singleton(StoredPersonalFiles, VectorsContainer.files)
    personal_stores = providers.Callable(
        _stores, personal_rows, personal_files, elsewhere=VectorsContainer.personal_vectors
    )
    allowance = VectorsContainer.settings.provided.monthly_allowance
    hold = providers.Singleton(
        HoldCredits,
        uow=VectorsContainer.uow,
        alerts=VectorsContainer.alerts,
        clock=VectorsContainer.clock,
        new_id=VectorsContainer.new_id,
        lifetime=providers.Factory(timedelta, seconds=VectorsContainer.settings.provided.hold_lifetime_seconds),
    )
    request_erasure = providers.Singleton(
        RequestErasure, uow=VectorsContainer.uow, jobs=VectorsContainer.jobs, clock=VectorsContainer.clock
    )
    accounts = providers.Singleton(
        Accounts,
        sign_in=providers.Singleton(
            SignIn, uow=VectorsContainer.uow, verifier=verifier, clock=VectorsContainer.clock, allowance=allowance
        ),
        sign_in_keys=sign_in_keys,
        receive_user_event=providers.Singleton(
            ReceiveUserEvent,
            uow=VectorsContainer.uow,
            failures=failed_deliveries,
            jobs=VectorsContainer.jobs,
            clock=VectorsContainer.clock,
            allowance=allowance,
        ),
        delivery_reader=delivery_reader,
        update_preferences=providers.Singleton(UpdatePreferences, uow=VectorsContainer.uow),
        hold=hold,
        credits=credit_reader,
        expired_holds=expired_holds,
        charge=providers.Singleton(
            ChargeCredits, uow=VectorsContainer.uow, clock=VectorsContainer.clock, new_id=VectorsContainer.new_id
        ),
        refund=providers.Singleton(
            RefundCharge, uow=VectorsContainer.uow, clock=VectorsContainer.clock, new_id=VectorsContainer.new_id
        ),
        adjust_credits=providers.Singleton(
            AdjustCredits, uow=VectorsContainer.uow, clock=VectorsContainer.clock, new_id=VectorsContainer.new_id
        ),
        request_erasure=request_erasure,
        erase_account=providers.Singleton(
            EraseAccount,
            uow=VectorsContainer.uow,
            stores=personal_stores,
            clock=VectorsContainer.clock,
        ),
        sweep_erasures=providers.Singleton(
            SweepErasures,
            pending=pending_erasures,
            jobs=VectorsContainer.jobs,
            clock=VectorsContainer.clock,
            patience=_ERASURE_LOST_AFTER,
        ),
        export_account=providers.Singleton(
            ExportAccount, uow=VectorsContainer.uow, records=personal_records, files=personal_files
        ),
        reset_credits=providers.Singleton(
            ResetCredits,
            resets=credit_resets,
            ticks=VectorsContainer.ticks,
            clock=VectorsContainer.clock,
            allowance=allowance,
            batch_size=_RESET_BATCH,
        ),
        allowance=allowance,
    )
