# ruff: noqa: ARG002 - the protocol sets the arguments of every call, needed or not
"""The provider protocol over a plugin's resource types."""

from __future__ import annotations

import json
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from airgap.plugins.protocol.check import DEFAULTS, Checked, Failure, check
from airgap.plugins.protocol.diff import Difference, Edit, diff
from airgap.plugins.protocol.errors import INCOMPLETE, InitFailed, PluginError
from airgap.plugins.protocol.log import EngineLog
from airgap.plugins.protocol.naming import autoname
from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.provider_config import as_given, configuration
from airgap.plugins.protocol.resource import Plugin, Resource
from airgap.plugins.protocol.schema import Schema
from airgap.plugins.protocol.secrecy import keep_secrets, with_secrets
from airgap.plugins.protocol.values import Message, Properties, decode, encode, redact, reveal

T = TypeVar("T")
Context = Any  # a grpc.ServicerContext; grpc comes without types
# These generated modules have no types to go by either.
_any: Any = any_pb2
_empty: Any = empty_pb2

_KINDS = {
    (Edit.ADD, False): provider_pb2.PropertyDiff.ADD,
    (Edit.ADD, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (Edit.DELETE, False): provider_pb2.PropertyDiff.DELETE,
    (Edit.DELETE, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (Edit.UPDATE, False): provider_pb2.PropertyDiff.UPDATE,
    (Edit.UPDATE, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class ProviderServicer(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one plugin to one Pulumi engine.

    Args:
        plugin: The plugin.
        engine_address: `host:port` of the engine, for remarks; "" for none.
    """

    def __init__(self, plugin: Plugin, engine_address: str = "") -> None:
        self.plugin = plugin
        self.log = EngineLog(engine_address)
        self.cancelled = threading.Event()

    # The plugin itself

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        if request.engine_address:
            self.log = EngineLog(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True,
            accept_resources=False,
            accept_outputs=False,
            supports_autonaming_configuration=True,
        )

    def GetPluginInfo(self, request: Message, context: Context) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self.plugin.version)

    def GetSchema(self, request: provider_pb2.GetSchemaRequest, context: Context) -> provider_pb2.GetSchemaResponse:
        schema = {"name": self.plugin.package, "version": self.plugin.version}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema))

    def Cancel(self, request: Message, context: Context) -> Message:
        self.cancelled.set()
        return _empty.Empty()

    # Its configuration

    def CheckConfig(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        news = decode(request.news)
        checked = check(self.plugin.config, configuration(self.plugin.config, news), self.plugin.name)
        checked.inputs.pop(DEFAULTS, None)
        checked.inputs = as_given(checked.inputs, news)
        return _check_response(checked, self.plugin.config)

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        schema = self.plugin.config
        olds = configuration(schema, decode(request.old_inputs) or decode(request.olds))
        return _diff_response(diff(schema, olds, configuration(schema, decode(request.news))))

    def Configure(self, request: provider_pb2.ConfigureRequest, context: Context) -> provider_pb2.ConfigureResponse:
        config = configuration(self.plugin.config, decode(request.args))
        self._answer(context, (config,), lambda: self.plugin.configure(reveal(config)))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True,
            supportsPreview=True,
            acceptResources=False,
            supports_autonaming_configuration=True,
        )

    def Invoke(self, request: provider_pb2.InvokeRequest, context: Context) -> provider_pb2.InvokeResponse:
        _unimplemented(context, self.plugin, "function", request.tok)

    def Call(self, request: provider_pb2.CallRequest, context: Context) -> provider_pb2.CallResponse:
        _unimplemented(context, self.plugin, "method", request.tok)

    def Construct(self, request: provider_pb2.ConstructRequest, context: Context) -> provider_pb2.ConstructResponse:
        _unimplemented(context, self.plugin, "component", request.type)

    # Its resources

    def Check(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:
        resource = self.plugin.resources.get(_token(request))
        if resource is None:
            known = ", ".join(sorted(self.plugin.resources))
            reason = (
                f"resource type {_token(request)} is not implemented by the embedded {self.plugin.name} plugin "
                f"(it has {known}); use the official plugin or remove it"
            )
            return _check_response(Checked({}, [Failure("", reason)]), None)
        news = decode(request.news)
        named_by_plugin = resource.schema.autonamed and news.get("name") is None
        if named_by_plugin:
            olds = decode(request.olds)
            name = autoname(request, olds.get("name") if "name" in olds.get(DEFAULTS, []) else None)
            if name is not None:
                news["name"] = name
        checked = check(resource.schema, news, self.plugin.name)
        if named_by_plugin and "name" in checked.inputs:
            checked.inputs[DEFAULTS] = sorted([*checked.inputs[DEFAULTS], "name"])
        return _check_response(checked, resource.schema)

    def Diff(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:
        resource = self._resource(request, context)
        outputs, news = decode(request.olds), decode(request.news)
        olds = decode(request.old_inputs) or outputs

        def compare() -> provider_pb2.DiffResponse:
            difference = diff(resource.schema, olds, news)
            if outputs.get(INCOMPLETE):
                # Half made when the engine went away: no update can finish it.
                difference.start_over("name", delete_before_replace=True)
            return _diff_response(difference)

        return self._answer(context, (olds, news), compare)

    def Create(self, request: provider_pb2.CreateRequest, context: Context) -> provider_pb2.CreateResponse:
        resource = self._resource(request, context)
        marked, secrets = decode(request.properties), resource.schema.secrets
        inputs = reveal(marked)
        if request.preview:
            outputs = self._answer(context, (marked,), lambda: resource.preview(inputs, {}))
            return provider_pb2.CreateResponse(id="", properties=encode(keep_secrets(outputs, marked, secrets)))
        operation = self._operation(request, "create")
        created = self._answer(context, (marked,), lambda: resource.create(operation, inputs), secrets)
        properties = keep_secrets(created.outputs, marked, secrets)
        return provider_pb2.CreateResponse(id=created.id, properties=encode(properties))

    def Read(self, request: provider_pb2.ReadRequest, context: Context) -> provider_pb2.ReadResponse:
        resource = self._resource(request, context)
        marked, outputs, secrets = decode(request.inputs), decode(request.properties), resource.schema.secrets
        operation = self._operation(request, "read")
        found = self._answer(
            context,
            (marked, outputs),
            lambda: resource.read(operation, request.id, reveal(marked), reveal(outputs)),
        )
        if found is None:
            return provider_pb2.ReadResponse(id="")
        return provider_pb2.ReadResponse(
            id=found.id,
            properties=encode(keep_secrets(found.outputs, marked, secrets)),
            inputs=encode(keep_secrets(found.inputs, marked, secrets)),
        )

    def Update(self, request: provider_pb2.UpdateRequest, context: Context) -> provider_pb2.UpdateResponse:
        resource = self._resource(request, context)
        marked, outputs, secrets = decode(request.news), decode(request.olds), resource.schema.secrets
        news, olds = reveal(marked), reveal(decode(request.old_inputs))
        if request.preview:
            planned = self._answer(context, (marked,), lambda: resource.preview(news, reveal(outputs)))
            return provider_pb2.UpdateResponse(properties=encode(keep_secrets(planned, marked, secrets)))
        operation = self._operation(request, "update")
        updated = self._answer(
            context,
            (marked, outputs),
            lambda: resource.update(operation, request.id, reveal(outputs), olds, news),
            secrets,
        )
        return provider_pb2.UpdateResponse(properties=encode(keep_secrets(updated, marked, secrets)))

    def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> Message:
        resource = self._resource(request, context)
        inputs, outputs = decode(request.old_inputs), decode(request.properties)
        operation = self._operation(request, "delete")
        self._answer(
            context,
            (inputs, outputs),
            lambda: resource.delete(operation, request.id, reveal(inputs), reveal(outputs)),
        )
        return _empty.Empty()

    # How they answer

    def _resource(self, request: Any, context: Context) -> Resource:
        resource = self.plugin.resources.get(_token(request))
        if resource is None:
            _unimplemented(context, self.plugin, "resource type", _token(request))
        return resource

    def _operation(self, request: Any, verb: str) -> Operation:
        return Operation(
            urn=request.urn,
            token=_token(request),
            name=request.name or request.urn.rsplit("::", 1)[-1],
            verb=verb,
            seconds=request.timeout,
            cancelled=self.cancelled,
            log=self.log,
        )

    def _answer(
        self, context: Context, values: tuple[Properties, ...], action: Callable[[], T], secrets: tuple[str, ...] = ()
    ) -> T:
        """Does the action; what goes wrong ends as one message without the values' secrets.

        Args:
            values: Inputs first; their secrets are kept out of messages.
            secrets: Outputs that stay secret when the resource is left half made.
        """
        failure: InitFailed | None = None
        message = ""
        try:
            return action()
        except InitFailed as failed:
            failure = failed
        except PluginError as error:
            message = redact(str(error), *values)
        except Exception as error:
            message = redact(_unforeseen(self.plugin, error), *values)
        # Outside of the handlers: abort itself raises, and must not drag the first exception along.
        if failure is not None:
            _abort_initialised(context, failure, values, secrets)
        context.abort(grpc.StatusCode.UNKNOWN, message)
        raise AssertionError  # abort raises


def _token(request: Any) -> str:
    if request.type:
        return str(request.type)
    # urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>
    return str(request.urn.split("::")[2].rsplit("$", 1)[-1])


def _check_response(checked: Checked, schema: Schema | None) -> provider_pb2.CheckResponse:
    failures = [provider_pb2.CheckFailure(property=f.path, reason=f.reason) for f in checked.failures]
    inputs = with_secrets(checked.inputs, schema.secrets if schema else ())
    return provider_pb2.CheckResponse(inputs=encode(inputs), failures=failures)


def _diff_response(difference: Difference) -> provider_pb2.DiffResponse:
    changes = provider_pb2.DiffResponse.DIFF_SOME if difference.edits else provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=changes,
        replaces=difference.replaces,
        diffs=difference.changed,
        deleteBeforeReplace=difference.delete_before_replace,
        hasDetailedDiff=True,
        detailedDiff={
            path: provider_pb2.PropertyDiff(kind=_KINDS[edit], inputDiff=True)
            for path, edit in difference.edits.items()
        },
    )


def _unimplemented(context: Context, plugin: Plugin, what: str, token: str) -> NoReturn:
    context.abort(
        grpc.StatusCode.UNIMPLEMENTED,
        f"{what} {token} is not implemented by the embedded {plugin.name} plugin; use the official plugin",
    )
    raise AssertionError  # abort raises


def _unforeseen(plugin: Plugin, error: Exception) -> str:
    """One line for a mistake in the plugin itself: enough for a report, and no traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown place"
    reason = " ".join(str(error).split())
    return f"the embedded {plugin.name} plugin failed at {place}: {type(error).__name__}: {reason}; please report this"


def _abort_initialised(
    context: Context, failure: InitFailed, values: tuple[Properties, ...], secrets: tuple[str, ...]
) -> NoReturn:
    """Tells Pulumi that the resource exists but isn't right: it keeps it in the state and tries again next time."""
    marked = values[0]
    reasons = [redact(reason, *values) for reason in failure.reasons]
    detail = _any.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=failure.id,
            properties=encode(keep_secrets(failure.outputs, marked, secrets)),
            inputs=encode(marked),
            reasons=reasons,
        )
    )
    code = grpc.StatusCode.UNKNOWN
    message = "; ".join(reasons)
    status = status_pb2.Status(code=code.value[0], message=message, details=[detail])
    serialise: Any = status.SerializeToString
    context.set_trailing_metadata((("grpc-status-details-bin", serialise()),))
    context.abort(code, message)
    raise AssertionError  # abort raises
