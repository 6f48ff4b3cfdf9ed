using Arctic.Catalog;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.KeyedTables;

namespace Arctic.Procedures;

/// <summary>A procedure of the database <c>sys</c>, for CALL. The first parameter of each is <c>table</c>.</summary>
/// <param name="Name">Without the database.</param>
/// <param name="Parameters">In the order of arguments without names.</param>
/// <param name="RunAsync">Does it and says what was done, a row a line.</param>
internal sealed record Procedure(string Name, IReadOnlyList<ProcedureParameter> Parameters, Func<ProcedureCall, CancellationToken, ValueTask<IReadOnlyList<string>>> RunAsync)
{
    /// <summary>The name of the parameter that all have.</summary>
    public const string TableParameter = "table";

    /// <summary>The name as CALL and SHOW PROCEDURES have it.</summary>
    public string FullName => "sys." + Name;

    /// <summary>How it is called, for messages.</summary>
    public override string ToString() => $"{FullName}({string.Join(", ", Parameters.Select(p => p.IsRequired ? $"{p.Name} => {p.Type}" : $"[{p.Name} => {p.Type}]"))})";
}

/// <summary>A parameter of a procedure.</summary>
/// <param name="Type">What arguments are cast to. A moment is also taken as text in the session's time zone, or as milliseconds since 1970.</param>
internal sealed record ProcedureParameter(string Name, DataType Type, bool IsRequired);

/// <summary>A call of a procedure: the table, and the other arguments by name.</summary>
internal sealed class ProcedureCall(Procedure procedure, LakeCatalog catalog, MixedTable table, IReadOnlyDictionary<string, object> arguments, EvaluationSettings settings)
{
    /// <summary>The procedure's name.</summary>
    public string Name => procedure.FullName;

    /// <summary>The catalog of the table.</summary>
    public LakeCatalog Catalog => catalog;

    /// <summary>The table as it was found.</summary>
    public MixedTable Table => table;

    /// <summary>What expressions of the statement depend on.</summary>
    public EvaluationSettings Settings => settings;

    /// <summary>The Iceberg tables that make up the table.</summary>
    public IReadOnlyList<IcebergTable> Stores => table.ChangeStore is { } change ? [table.BaseStore, change] : [table.BaseStore];

    /// <summary>The table, which is one Iceberg table and no part of a keyed one.</summary>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: it is not.</exception>
    public IcebergTable RequirePlain() => !table.IsPartOfKeyed && table.Key is null
        ? table.BaseStore
        : throw new ArcticException(
            ErrorCodes.InvalidStatement, $"{Name} is for tables without a primary key, and '{table.Name}' is {(table.Key is null ? "a store of a table with one" : "one with")}: its two stores belong together.")
        {
            Hint = "Tables with a primary key take sys.optimize, sys.expire_snapshots and sys.remove_orphans.",
        };

    /// <summary>A text; null when it was not given.</summary>
    public string? FindText(string name) => (string?)arguments.GetValueOrDefault(name);

    /// <summary>A text that must be there.</summary>
    public string Text(string name) => (string)arguments[name];

    /// <summary>A whole number; null when it was not given.</summary>
    public long? FindNumber(string name) => (long?)arguments.GetValueOrDefault(name);

    /// <summary>A whole number that must be there.</summary>
    public long Number(string name) => (long)arguments[name];

    /// <summary>A yes or no; no when it was not given.</summary>
    public bool IsSet(string name) => arguments.GetValueOrDefault(name) is true;

    /// <summary>A moment; null when it was not given.</summary>
    public DateTimeOffset? FindTime(string name) => FindNumber(name) is { } micros ? DateTimeOffset.UnixEpoch.AddMicroseconds(micros) : null;

    /// <summary>A moment that must be there.</summary>
    public DateTimeOffset Time(string name) => FindTime(name)!.Value; // required arguments are checked before
}
