using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;
using Arctic.Dataflow.Connectors;

namespace Arctic.Connectors.DataGen;

/// <summary>Makes rows up: random or counted values, at a rate.</summary>
internal sealed class DataGenConnector : ISourceConnector
{
    private const string FieldsPrefix = "fields.";

    public string Name => "datagen";

    public ISource CreateSource(TableConnectorContext context)
    {
        OptionReader.RefuseUnknown(context.Options, [FieldsPrefix], context.Subject, typeof(ConnectorOptions), typeof(DataGenOptions));
        var options = OptionReader.Read<DataGenOptions>(context.Options, context.Subject);
        ConnectorOptions.RequirePositive(options.RowsPerSecond, DataGenOptions.RowsPerSecondKey, context);
        ConnectorOptions.RequirePositive(options.Parallelism, DataGenOptions.ParallelismKey, context);
        if (options.NumberOfRows < 0)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Option '{DataGenOptions.NumberOfRowsKey}' of {context.Subject} is {options.NumberOfRows}; expected a number of at least 0.");
        }

        var planner = new FieldGeneratorPlanner(context, options.Seed);
        var generators = context.Schema.Fields.Select(f => planner.Plan(f.Name, f.Type, FieldsPrefix + f.Name)).ToArray();
        planner.RefuseUnknown(context.Options.Keys.Where(k => k.StartsWith(FieldsPrefix, StringComparison.Ordinal)));
        return new DataGenSource(context, options, generators, Min(options.NumberOfRows, planner.SequenceRows));
    }

    private static long? Min(long? a, long? b) => a is { } x && b is { } y ? Math.Min(x, y) : a ?? b;
}
