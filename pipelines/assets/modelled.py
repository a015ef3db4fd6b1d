"""The dbt models as assets, in two builds: the ground that decisions stand on, and what follows from decisions."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject, dbt_assets

from pipelines.assets.keys import DECIDED_TABLES, WAREHOUSE_POOL
from pipelines.modelling.building import MANIFEST, BuildError, Built, build
from pipelines.modelling.warehouse import note_run
from pipelines.planning import levels as planning
from pipelines.resources import HomeResource


class Translator(DagsterDbtTranslator):
    """dbt's sources are our raw tables, its folders our groups, and the circle of decisions is cut open.

    The ground reads the decisions of earlier runs, which are in landing already: within one run that is no edge. What
    people accepted of them is ordered before it is built, and which feeds are stopped is said.
    """

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = manifest["nodes"].get(unique_id) or manifest["sources"][unique_id]
        spec = spec.replace_attributes(group_name=node["fqn"][1] if node["fqn"][1] != "marts" else node["fqn"][2])
        if "ground" in node.get("tags", ()):
            later = set(DECIDED_TABLES.values()) - {DECIDED_TABLES[name] for name in ("supply_orders", "feed_stops")}
            return spec.replace_attributes(deps=[d for d in spec.deps if d.asset_key not in later])
        if "decisions" in node.get("tags", ()):
            # The last decisions of a run: every model that follows from decisions is built after them.
            ends = {DECIDED_TABLES[name] for name in ("exports", "pegs", "replenishment", "safety_stock")}
            last = ends - {d.asset_key for d in spec.deps}
            return spec.merge_attributes(deps=sorted(last))
        return spec


_TRANSLATOR = Translator()


@dbt_assets(manifest=MANIFEST, select="tag:ground", dagster_dbt_translator=_TRANSLATOR, pool=WAREHOUSE_POOL)
def ground(context: dg.AssetExecutionContext, oms: HomeResource) -> Iterator[Any]:
    planning.warm_up()  # while dbt works, this process only waits
    yield from _build(context, oms, "ground")


@dbt_assets(manifest=MANIFEST, select="tag:decisions", dagster_dbt_translator=_TRANSLATOR, pool=WAREHOUSE_POOL)
def decisions(context: dg.AssetExecutionContext, oms: HomeResource) -> Iterator[Any]:
    yield from _build(context, oms, "decisions")


def _build(context: dg.AssetExecutionContext, oms: HomeResource, tag: str) -> Iterator[Any]:
    note_run(oms.home, oms.ticket(context).business_date, tag)
    try:
        yield from _results(context, build(oms.home, tag))
    except BuildError as failure:
        yield from _results(context, failure.built)
        raise dg.Failure(str(failure)) from failure


def _results(context: dg.AssetExecutionContext, nodes: list[Built]) -> Iterator[Any]:
    """A materialisation for each built model, a result for each test that is a model's check."""
    definition = context.assets_def
    models = {spec.metadata["dagster_dbt/unique_id"]: spec.key for spec in definition.specs}
    checks = {spec.metadata["dagster_dbt/unique_id"]: spec for spec in definition.check_specs}
    for node in nodes:
        if node.unique_id in models and node.passed:
            measured = {"rows": node.rows, "seconds": node.seconds, "bytes": node.bytes}
            metadata = {name: value for name, value in measured.items() if value is not None}
            yield dg.MaterializeResult(asset_key=models[node.unique_id], metadata=metadata)
        elif node.unique_id in checks and not node.is_skipped:
            spec = checks[node.unique_id]
            yield dg.AssetCheckResult(
                asset_key=spec.asset_key,
                check_name=spec.name,
                passed=node.status == "pass",
                severity=dg.AssetCheckSeverity.WARN if node.passed else dg.AssetCheckSeverity.ERROR,
                metadata={"status": node.status, "failing_rows": node.failing_rows, "message": node.message},
            )
