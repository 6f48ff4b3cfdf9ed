using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Iceberg.Maintenance;
using Arctic.Iceberg.Spec;
using Arctic.Sql.Binding;
using Arctic.Sql.Catalog;
using Arctic.Sql.Parsing;

namespace Arctic.Procedures;

/// <summary>Files written anew, which changes no answer.</summary>
internal static class RewriteProcedures
{
    /// <summary>Folds the changes of a keyed table into its base store.</summary>
    public static async ValueTask<IReadOnlyList<string>> OptimizeAsync(ProcedureCall call, CancellationToken cancellationToken) =>
        [await call.Catalog.OptimizeAsync(call.Table, cancellationToken).ConfigureAwait(false)];

    public static async ValueTask<IReadOnlyList<string>> RewriteDataFilesAsync(ProcedureCall call, CancellationToken cancellationToken)
    {
        var table = call.RequirePlain();
        var options = new DataFileRewriteOptions
        {
            RewriteAll = call.IsSet("rewrite_all"),
            TargetFileBytes = call.FindNumber("target_file_size_bytes"),
        };
        if (call.FindNumber("min_input_files") is { } count)
        {
            options = options with { InputFilesMin = (int)Math.Clamp(count, int.MinValue, int.MaxValue) };
        }

        var result = await new DataFileRewrite(table, options, WhereOf(call)).RunAsync(cancellationToken).ConfigureAwait(false);
        return [result.ToString()];
    }

    public static async ValueTask<IReadOnlyList<string>> RewritePositionDeletesAsync(ProcedureCall call, CancellationToken cancellationToken)
    {
        var table = call.RequirePlain();
        var result = await table.RewritePositionDeletesAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        var dangling = await table.RemoveDanglingDeletesAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        return dangling == 0 ? [result.ToString()] : [result.ToString(), $"{table.Identifier}: {dangling} delete files without data files removed"];
    }

    public static async ValueTask<IReadOnlyList<string>> RewriteManifestsAsync(ProcedureCall call, CancellationToken cancellationToken)
    {
        var table = call.RequirePlain();
        var made = await table.RewriteManifestsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        return [made is null ? $"{table.Identifier}: the manifests are as they should be" : $"{table.Identifier}: the manifests were rewritten"];
    }

    private static Func<Schema, Expression>? WhereOf(ProcedureCall call) => call.FindText("where") is { } text ? schema => Bind(text, schema, call) : null;

    private static Expression Bind(string text, Schema schema, ProcedureCall call)
    {
        try
        {
            return new Binder(ResolvedTables.Empty, call.Settings).BindCondition(SqlParser.ParseExpression(text), schema.ToRowSchema(), "where");
        }
        catch (ArcticException e)
        {
            // Its places are those of the text, not of the statement.
            throw new ArcticException(e.Code, $"Cannot read the argument 'where' of {call.Name}: {e.Message}", e) { Hint = e.Hint };
        }
    }
}
