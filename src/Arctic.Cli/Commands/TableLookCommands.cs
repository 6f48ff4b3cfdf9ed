using System.CommandLine;
using Arctic.Cli.Output;
using Arctic.Iceberg;
using Arctic.Tables;

namespace Arctic.Cli.Commands;

/// <summary><c>arctic table read|schema|snapshots|files|…</c>: a look into any Iceberg table, by its folder alone or by its name in a catalog.</summary>
internal static class TableLookCommands
{
    public static Command CreateRead()
    {
        var look = new LookOptions();
        var moment = new MomentOptions();
        var columns = CreateColumns();
        var where = new Option<string?>("--where") { Description = "Print only rows for which this SQL condition is true.", HelpName = "CONDITION" };
        var limit = WholeNumber.Option("--limit", "Print so many rows at most.", "N", 0, "a number of 0 or more");
        var command = look.AddTo(new Command(
            "read",
            """
            Print the rows of a table: merged, when it has a primary key.

            Examples:
              arctic table read ./warehouse/shop/orders --columns id,amount --where "amount > 10" --output json
              arctic table read shop.orders -w ./warehouse --as-of 2026-01-31T12:00:00Z
              arctic table read ./orders --store change --limit 20
            """));
        moment.AddTo(command);
        command.Add(columns);
        command.Add(where);
        command.Add(limit);
        command.SetAction((parsed, _) => look.RunAsync(parsed, (session, table, host) => new TableReading(table, session.EvaluationSettings).ReadAsync(
            new TableReadRequest
            {
                Store = look.StoreOf(parsed),
                Moment = moment.Of(parsed),
                Columns = NamesOf(parsed, columns),
                Where = parsed.GetValue(where),
                RowsMax = parsed.GetValue(limit),
                UuidsAsTexts = true,
            },
            host.Stopping)));
        return command;
    }

    public static Command CreateSchema()
    {
        var look = new LookOptions();
        var command = look.AddTo(new Command("schema", "Print the columns of a table with their ids, types, defaults, partitioning and order; as a table, with its properties too."));
        command.SetAction((parsed, _) => look.RunAsync(parsed, async (_, table, host) =>
        {
            var store = await table.StoreAsync(look.StoreOf(parsed), host.Stopping);
            if (look.IsTable(parsed))
            {
                foreach (var fact in SchemaListing.FactsOf(store.Metadata))
                {
                    host.Output.WriteLine(TerminalText.OfCell(fact));
                }
            }

            return SchemaListing.Of(store.Metadata);
        }));
        return command;
    }

    /// <summary>A command that prints one of Iceberg's metadata tables.</summary>
    public static Command CreateListing(string name, string description)
    {
        var look = new LookOptions();
        var moment = new MomentOptions();
        var columns = CreateColumns();
        var isOfSnapshot = name is "files" or "manifests" or "partitions";
        var command = look.AddTo(new Command(name, description));
        command.Add(columns);
        if (isOfSnapshot)
        {
            moment.AddTo(command);
        }

        command.SetAction((parsed, _) => look.RunAsync(parsed, async (_, table, host) =>
            MetadataListing.Of(await table.StoreAsync(look.StoreOf(parsed), host.Stopping), name, isOfSnapshot ? moment.Of(parsed) : null, NamesOf(parsed, columns), host.Stopping)));
        return command;
    }

    private static Option<string[]> CreateColumns() =>
        new("--columns") { Description = "The columns to print, in this order; all by default.", HelpName = "a,b", AllowMultipleArgumentsPerToken = true };

    private static List<string> NamesOf(ParseResult parsed, Option<string[]> columns) =>
        (parsed.GetValue(columns) ?? []).SelectMany(c => c.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToList();
}
