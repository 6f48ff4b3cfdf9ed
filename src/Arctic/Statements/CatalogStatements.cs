using Arctic.Catalog;
using Arctic.Columnar.Errors;
using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;

namespace Arctic.Statements;

/// <summary>CREATE, DROP and USE of catalogs and databases.</summary>
internal sealed class CatalogStatements(SessionContext context)
{
    public async Task<QueryResult> RunAsync(Statement statement, CancellationToken cancellationToken)
    {
        switch (statement)
        {
            case Statement.CreateCatalog create:
                if (!(create.IfNotExists && context.Catalogs.Find(create.Name.Name) is not null))
                {
                    context.Catalogs.Add(await CatalogFactory.CreateAsync(create, context, cancellationToken).ConfigureAwait(false));
                }

                break;
            case Statement.DropCatalog drop:
                if (!(drop.IfExists && context.Catalogs.Find(drop.Name.Name) is null))
                {
                    context.Catalogs.Remove(drop.Name.Name);
                }

                break;
            case Statement.UseCatalog use:
                context.Catalogs.UseCatalog(use.Name);
                break;
            case Statement.CreateDatabase create:
                await CreateDatabaseAsync(create, cancellationToken).ConfigureAwait(false);
                break;
            case Statement.DropDatabase drop:
                await DropDatabaseAsync(drop, cancellationToken).ConfigureAwait(false);
                break;
            case Statement.UseDatabase use:
                await context.Catalogs.UseDatabaseAsync(use.Name, cancellationToken).ConfigureAwait(false);
                break;
        }

        return Listing.Ok;
    }

    private async Task CreateDatabaseAsync(Statement.CreateDatabase create, CancellationToken cancellationToken)
    {
        var path = context.Catalogs.ResolveDatabase(create.Name);
        var catalog = context.Catalogs.Get(path.Catalog, create.Name.Position);
        if (create.IfNotExists && await catalog.HasDatabaseAsync(path.Database, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        try
        {
            await catalog.CreateDatabaseAsync(
                new DatabaseDefinition(path.Database, create.Comment, new TableOptions(create.Options.Select(o => KeyValuePair.Create(o.Key, o.Value)))), cancellationToken).ConfigureAwait(false);
        }
        catch (ArcticException error) when (create.IfNotExists && error.Code == ErrorCodes.AlreadyExists)
        {
            // Another session was faster.
        }
    }

    private async Task DropDatabaseAsync(Statement.DropDatabase drop, CancellationToken cancellationToken)
    {
        var path = context.Catalogs.ResolveDatabase(drop.Name);
        var catalog = context.Catalogs.Get(path.Catalog, drop.Name.Position);
        if (drop.IfExists && !await catalog.HasDatabaseAsync(path.Database, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        if (path == context.Catalogs.Current)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot drop the database '{path}': it is the current one.") { Hint = "USE another database first.", Position = drop.Position };
        }

        await catalog.DropDatabaseAsync(path.Database, drop.Behavior, cancellationToken).ConfigureAwait(false);
    }
}
