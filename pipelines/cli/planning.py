"""Commands for planners: backtest and curve."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from oms_core.money import money, written
from pipelines.cli.common import JSON, home, out, print_json, stages

if TYPE_CHECKING:
    import pandas as pd

    from oms_core.replenishment.holding.investment import Assortment
    from oms_core.replenishment.policy.targets import Target
    from oms_core.store.operations import OperationsStore
    from oms_core.store.operations import Scenario as KeptScenario
    from pipelines.planning.backtest import Scenario, World

_POLICY_HELP = "RS (review, up to S), sS (below s, up to S), rQ (lots), base_stock. Give it again to compare."


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(backtest)
    app.command()(curve)


def backtest(
    policy: Annotated[list[str] | None, typer.Option(help=_POLICY_HELP)] = None,
    service_level: Annotated[
        list[float] | None,
        typer.Option(help="Target for every SKU instead of those in force. Give it again to compare."),
    ] = None,
    measure: Annotated[str, typer.Option(help="What those targets measure: cycle_service, fill_rate, least_cost.")] = (
        "cycle_service"
    ),
    scenario: Annotated[
        list[str] | None,
        typer.Option(help="Scenario of that name beside the targets in force; the page shows it too. Again for more."),
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="Past weeks of demand to run over.")] = 26,
    until: Annotated[datetime | None, typer.Option(help="Last day of them.", formats=["%Y-%m-%d"])] = None,
    lost_sales: Annotated[bool, typer.Option("--lost-sales", help="What is not there is lost; else it waits.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Run past weeks again under stock policies: service, stock, cost and split orders that they would have given, with
    95 % intervals.

    Levels are set every four weeks from what was known on that day, and each day's orders are sourced, by the functions
    of the nightly run.
    """
    from oms_core.store.operations import open_operations
    from oms_core.store.published.snapshots import Snapshot
    from pipelines.home import wall_clock
    from pipelines.planning.backtest import Scenario, read_world
    from pipelines.planning.scenario_replay import keep_replays
    from pipelines.planning.splits import read_orders
    from pipelines.ticket import last_whole_day

    policies, days, target_home = policy or ["RS"], 7 * weeks, home()
    targets = _targets(policies, service_level or [], measure)
    with open_operations(target_home.database_url, now=wall_clock()) as store:
        policy_in_force, named = store.current_policy(), _named(store, scenario or [])
    asked = [Scenario(one, target) for one in policies for target in targets]
    asked += [Scenario(one, None, kept.onto(policy_in_force), kept.name) for kept in named for one in policies]
    with Snapshot.current(target_home.published) as snapshot:
        until_date = until.date() if until else last_whole_day(snapshot.manifest.as_of)
        orders = read_orders(snapshot, target_home.sourcing_rules, until_date, days)
        history = target_home.planning_history_days
        world = read_world(snapshot, policy_in_force.rules, until_date, orders, days=days, history_days=history)
    found = _run(world, asked, days, lost_sales)
    if named:
        with open_operations(target_home.database_url, now=wall_clock()) as store:
            keep_replays(store, named, found, policies[0], until_date, days, lost_sales, wall_clock())
    rows = [{str(name): value for name, value in row.items()} for row in found.to_dict("records")]
    if as_json:
        print_json(rows)
    else:
        out.print(_as_table(rows, str(world.products["currency"].mode().iloc[0])))


def _named(store: OperationsStore, names: list[str]) -> list[KeptScenario]:
    """The kept scenarios of these names. Refuses a name that there is not."""
    from pipelines.planning.scenario_replay import find_scenarios

    try:
        return find_scenarios(store.scenarios.kept(), names)
    except KeyError as error:
        raise typer.BadParameter(str(error.args[0]), param_hint="--scenario") from error


def _run(world: World, asked: list[Scenario], days: int, are_sales_lost: bool) -> pd.DataFrame:
    """The back-test, with its progress. Refuses more days than there is history for."""
    from pipelines.planning.backtest import BacktestError, backtest_policies

    try:
        with stages("setting levels") as say:
            return backtest_policies(
                world,
                asked,
                days=days,
                are_sales_lost=are_sales_lost,
                on_refit=lambda done, whole: say(f"setting levels as known then, {done + 1} of {whole}"),
                on_sourcing=lambda name: say(f"sourcing each day's orders, {name}"),
            )
    except BacktestError as error:
        raise typer.BadParameter(str(error), param_hint="--weeks") from error


def _targets(policies: list[str], service_levels: list[float], measure: str) -> list[Target | None]:
    """The targets asked for, None for those in force. Refuses a stock policy or a target that there is not."""
    from oms_core.replenishment.policy.targets import Target
    from oms_core.replenishment.proposing.ordering import POLICIES

    if measure != "cycle_service" and not service_levels:
        raise typer.BadParameter("say which share: give --service-level with it", param_hint="--measure")
    unknown = sorted(set(policies) - set(POLICIES))
    if unknown:
        raise typer.BadParameter(
            f"no policy {', '.join(unknown)}; there are {', '.join(POLICIES)}", param_hint="--policy"
        )
    try:
        return [Target(level, measure) for level in service_levels] or [None]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--service-level, --measure") from error


def curve(
    fill_rate: Annotated[
        float | None,
        typer.Option(min=0.5, max=0.9999, help="Also the cheapest safety stock that reaches this expected fill rate."),
    ] = None,
    currency: Annotated[
        str | None, typer.Option(help="Levels in this currency only; needed where there are several.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The answer as JSON, with every point.")] = False,
) -> None:
    """Service against investment: today's safety stock, and what the cheapest mix of levels would cost and cover."""
    from oms_core.replenishment.holding import investment
    from oms_core.replenishment.holding.distribution import DemandGrid
    from oms_core.store.published.snapshots import Snapshot

    with Snapshot.current(home().published) as snapshot:
        levels = snapshot.query("select * from fct_safety_stock where is_current").to_pandas()
        grid = DemandGrid.from_frame(snapshot.query("select * from fct_interval_demand").to_pandas())
    currencies = sorted(levels["currency"].unique())
    if currency is None and len(currencies) == 1:
        (currency,) = currencies
    levels = levels[levels["currency"] == currency].reset_index(drop=True)
    if currency is None or levels.empty:
        known = ", ".join(currencies) or "none yet"
        raise typer.BadParameter(f"choose the currency of the levels; there are {known}", param_hint="--currency")
    assortment = investment.Assortment.from_levels(levels, grid)
    today = assortment.point(levels["qty_order_up_to"].to_numpy(dtype="int64"))
    named = {"today": today, "cheapest with today's fill rate": _cheapest(assortment, today[1])}
    if fill_rate is not None:
        named[f"cheapest with {fill_rate:g}"] = _cheapest(assortment, fill_rate)
    points = investment.curve(assortment)
    if as_json:
        keys = ("investment_minor", "fill_rate", "service_level")
        told = {name: dict(zip(keys, point, strict=True)) for name, point in named.items()}
        print_json({"named": told, "curve": points.to_dict("records")})
    else:
        out.print(_curve_table(named, points, currency))


def _curve_table(named: dict[str, tuple[int, float, float]], points: pd.DataFrame, currency: str) -> Table:
    """The named points, and eight of the curve, evenly spread over its cost."""
    costs = points["investment_minor"]
    shown = points.iloc[sorted({int(costs.searchsorted(costs.max() * part / 8)) for part in range(1, 9)})]
    rows = named | {f"curve {n}": tuple(row)[:3] for n, row in enumerate(shown.itertuples(index=False), start=1)}
    table = Table("safety stock", "at cost", "expected fill rate", "mean cover of the interval", box=None)
    for name, (cost, filled, covered) in rows.items():
        table.add_row(name, money(cost, currency), f"{filled:.2%}", f"{covered:.1%}")
    return table


def _cheapest(assortment: Assortment, fill_rate: float) -> tuple[int, float, float]:
    from oms_core.replenishment.holding.investment import cheapest

    return assortment.point(cheapest(assortment, fill_rate))


def _as_table(rows: list[dict[str, Any]], currency: str) -> Table:
    """A measure a row, a scenario a column."""
    scenarios = list(dict.fromkeys(row["scenario"] for row in rows))
    table = Table("measure", box=None)
    for name in scenarios:
        table.add_column(name, justify="right")
    for metric in _LABELS:
        of_metric = {row["scenario"]: _worded(row, currency) for row in rows if row["metric"] == metric}
        table.add_row(_LABELS[metric], *(of_metric.get(name, "") for name in scenarios))
    return table


_LABELS = {
    "cycle_service": "review periods without a stock-out",
    "fill_rate": "fill rate",
    "stock_out_days": "days on which a SKU was short at a location",
    "qty_unmet": "units unmet on their day",
    "qty_stock_mean": "units in stock, mean",
    "stock_value_minor": "stock at cost, mean",
    "orders": "orders placed",
    "cost_minor": "ordering, holding and missed margin",
    "split_orders": "orders in more than one parcel",
}


def _worded(row: dict[str, Any], currency: str) -> str:
    """The figure, and its interval under it."""
    metric = str(row["metric"])
    figures = [float(row[name]) for name in ("value", "low", "high")]
    if metric in ("cycle_service", "fill_rate", "split_orders"):
        value, low, high = (f"{figure:.1%}" for figure in figures)
    elif metric.endswith("_minor"):
        value, low, high = (written(figure, currency) for figure in figures)
        value += f" {currency}"
    else:
        value, low, high = (f"{figure:,.0f}" for figure in figures)
    return f"{value}\n[dim]{low} – {high}[/dim]"
