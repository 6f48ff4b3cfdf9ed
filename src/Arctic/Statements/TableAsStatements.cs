using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Sql.Binding;
using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;

namespace Arctic.Statements;

/// <summary>
/// CREATE TABLE … AS and REPLACE TABLE … AS: makes the table, then inserts the query's rows. Not atomic: others see the empty table before its rows. When the INSERT fails, the table is
/// dropped again, and one that was replaced in memory is put back.
/// </summary>
internal sealed class TableAsStatements(SessionContext context)
{
    private readonly TableStatements _tables = new(context);
    private readonly QueryStatements _queries = new(context);

    private CatalogRegistry Catalogs => context.Catalogs;

    public async Task<QueryResult> RunAsync(Statement.CreateTable create, ScriptStatement statement, CancellationToken cancellationToken)
    {
        if (await CreateAsync(create, cancellationToken).ConfigureAwait(false) is not { } filled)
        {
            return Listing.Ok;
        }

        try
        {
            return await _queries.InsertAsync([filled.Insert], statement, cancellationToken).ConfigureAwait(false);
        }
        catch (ArcticException)
        {
            await UndoAsync(filled).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes the table alone.</summary>
    /// <returns>The INSERT that fills it; null when the table is there already, as IF NOT EXISTS allows.</returns>
    public async Task<FilledTable?> CreateAsync(Statement.CreateTable create, CancellationToken cancellationToken)
    {
        if (create.IsTemporary)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, "CREATE TABLE AS SELECT syntax does not support to create temporary table yet.") { Position = create.Position };
        }

        var path = Catalogs.ResolveTable(create.Name);
        var catalog = Catalogs.Get(path.Catalog, create.Name.Position);
        var existing = await catalog.FindTableAsync(path.Database, path.Name, cancellationToken).ConfigureAwait(false);
        if (existing is not null && create.IfNotExists)
        {
            return null;
        }

        CheckReplace(create, catalog, existing);
        var definition = await _tables.BindAsync(create, path, cancellationToken).ConfigureAwait(false);
        var insert = await MakeInsertAsync(create, create.AsQuery!, cancellationToken).ConfigureAwait(false); // only statements with AS come here
        var replaced = create.Replace == ReplaceMode.None ? null : existing;
        if (replaced is not null)
        {
            await catalog.DropTableAsync(path.Database, path.Name, cancellationToken).ConfigureAwait(false);
        }

        await catalog.CreateTableAsync(definition, cancellationToken).ConfigureAwait(false);
        return new FilledTable(catalog, definition, replaced, insert);
    }

    private static void CheckReplace(Statement.CreateTable create, ISqlCatalog catalog, TableDefinition? existing)
    {
        if (create.Replace == ReplaceMode.Replace && existing is null)
        {
            throw new ArcticException(ErrorCodes.UnknownName, $"The table '{create.Name}' to be replaced doesn't exist.") { Hint = "CREATE TABLE … AS or CREATE OR REPLACE TABLE … AS makes it.", Position = create.Name.Position };
        }

        if (create.Replace != ReplaceMode.None && existing is not null && catalog is not MemoryCatalog)
        {
            // Dropping it first would lose its rows when the query fails.
            throw new ArcticException(ErrorCodes.Unsupported, $"Cannot replace table '{existing.Path}': a catalog that keeps rows does not replace a table with one of another shape in one step.")
            {
                Hint = "INSERT OVERWRITE replaces the rows of a table; CREATE TABLE … AS makes one under another name.",
                Position = create.Name.Position,
            };
        }
    }

    // The query's columns go to those of their names; others that were declared are NULL.
    private async Task<Statement.Insert> MakeInsertAsync(Statement.CreateTable create, Query query, CancellationToken cancellationToken)
    {
        var tables = await ResolvedTables.ResolveAsync(query, Catalogs, cancellationToken).ConfigureAwait(false);
        var columns = new Binder(tables, new EvaluationSettings { TimeZone = context.Options.TimeZone }).BindQuery(query).Schema;
        return new Statement.Insert(create.Name, columns.Fields.Select(f => new Identifier(f.Name, query.Span)).ToList(), query, false, create.Span);
    }

    private static async Task UndoAsync(FilledTable filled)
    {
        var path = filled.Definition.Path;
        try
        {
            // The caller may have given up; half a table must not stay behind for that.
            await filled.Catalog.DropTableAsync(path.Database, path.Name, CancellationToken.None).ConfigureAwait(false);
            if (filled.Replaced is not null)
            {
                await filled.Catalog.CreateTableAsync(filled.Replaced, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (ArcticException)
        {
            // What made the INSERT fail is what the caller must know.
        }
    }
}

/// <summary>A table that CREATE TABLE … AS has made.</summary>
/// <param name="Replaced">The one that was there before; null for none.</param>
/// <param name="Insert">Fills it.</param>
internal sealed record FilledTable(ISqlCatalog Catalog, TableDefinition Definition, TableDefinition? Replaced, Statement.Insert Insert);
