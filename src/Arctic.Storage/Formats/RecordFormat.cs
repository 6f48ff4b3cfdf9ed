using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;
using Arctic.Columnar.Types;

namespace Arctic.Storage.Formats;

/// <summary>A format of records that <c>WITH ('format' = …)</c> names.</summary>
internal abstract class RecordFormat
{
    /// <summary>The option that names the format.</summary>
    public const string Key = "format";

    private static readonly RecordFormat[] Formats = [new Csv(), new ChangelogCsv(), new Json()];

    private RecordFormat(string name, Type optionsType) => (Name, OptionsType) = (name, optionsType);

    /// <summary>The value of the option <c>format</c>.</summary>
    public string Name { get; }

    /// <summary>The record of the format's own options, whose keys start with its name.</summary>
    public Type OptionsType { get; }

    /// <summary>Whether it has every kind of change; otherwise every row is <c>+I</c>.</summary>
    public virtual bool HasKinds => false;

    /// <summary>The format of that name.</summary>
    /// <param name="context">Whose format it is, for messages: <c>table 'shop.orders'</c>.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>: there is none.</exception>
    public static RecordFormat Find(string name, string context) => Formats.FirstOrDefault(f => f.Name == name)
        ?? throw new ArcticException(ErrorCodes.InvalidOption, $"Unknown format '{name}' for {context}. Available formats: {string.Join(", ", Formats.Select(f => f.Name))}.")
        {
            Hint = NameSuggestion.For(name, Formats.Select(f => f.Name)),
        };

    /// <summary>Makes a decoder.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>; <see cref="ErrorCodes.Unsupported"/>: the format cannot hold a column's type.</exception>
    public abstract RecordDecoder CreateDecoder(RowSchema schema, IReadOnlyDictionary<string, string> options, string context);

    private sealed class Csv() : RecordFormat("csv", typeof(CsvOptions))
    {
        public override RecordDecoder CreateDecoder(RowSchema schema, IReadOnlyDictionary<string, string> options, string context) =>
            new CsvDecoder(schema, OptionReader.Read<CsvOptions>(options, context), context);
    }

    private sealed class ChangelogCsv() : RecordFormat("changelog-csv", typeof(ChangelogCsvOptions))
    {
        public override bool HasKinds => true;

        public override RecordDecoder CreateDecoder(RowSchema schema, IReadOnlyDictionary<string, string> options, string context) =>
            new ChangelogCsvDecoder(schema, OptionReader.Read<ChangelogCsvOptions>(options, context), context);
    }

    private sealed class Json() : RecordFormat("json", typeof(JsonOptions))
    {
        public override RecordDecoder CreateDecoder(RowSchema schema, IReadOnlyDictionary<string, string> options, string context) =>
            new JsonDecoder(schema, OptionReader.Read<JsonOptions>(options, context));
    }
}
