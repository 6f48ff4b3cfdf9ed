using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;
using Arctic.Dataflow.Connectors;

namespace Arctic.Connectors;

/// <summary>The option that every table with a connector has.</summary>
internal sealed record ConnectorOptions
{
    /// <summary>The name of the connector.</summary>
    [Option("connector")]
    public required string Connector { get; init; }

    /// <summary>Reads a connector's options and refuses those that nobody knows.</summary>
    /// <param name="context">The table.</param>
    /// <param name="otherTypes">Further records that know keys: those of a format.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>.</exception>
    public static T Read<T>(TableConnectorContext context, params IReadOnlyList<Type> otherTypes)
        where T : class
    {
        OptionReader.RefuseUnknown(context.Options, [], context.Subject, [typeof(ConnectorOptions), typeof(T), .. otherTypes]);
        return OptionReader.Read<T>(context.Options, context.Subject);
    }

    /// <summary>Refuses a number that is not positive.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>.</exception>
    public static void RequirePositive(double? value, string key, TableConnectorContext context)
    {
        if (value is <= 0 or double.NaN)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Option '{key}' of {context.Subject} is {value}; expected a number above 0.");
        }
    }
}
