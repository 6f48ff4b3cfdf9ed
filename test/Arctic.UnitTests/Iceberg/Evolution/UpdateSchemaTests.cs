using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using Arctic.Iceberg.Transactions;

namespace Arctic.UnitTests.Iceberg.Evolution;

public sealed class UpdateSchemaTests
{
    private static readonly Schema Nested = new(0,
    [
        new NestedField(1, "id", IcebergTypes.Int, true),
        new NestedField(2, "address", new IcebergType.Struct([new NestedField(5, "city", IcebergTypes.String, false), new NestedField(6, "zip", IcebergTypes.Int, false)]), false),
        new NestedField(3, "points", new IcebergType.List(7, new IcebergType.Struct([new NestedField(8, "x", IcebergTypes.Float, true)]), false), false),
        new NestedField(4, "prices", new IcebergType.Map(9, new IcebergType.Struct([new NestedField(11, "k", IcebergTypes.Int, true)]), 10, new IcebergType.Decimal(9, 2), false), false),
    ]);

    [Fact]
    public async Task Columns_are_added_at_every_depth_with_ids_that_were_never_given_out()
    {
        var table = await CreateAsync();

        table = await ChangeAsync(table, s => s
            .AddColumn("note", IcebergTypes.String)
            .AddColumn(new NewColumn { Parent = "address", Name = "street", Type = IcebergTypes.String, Doc = "With the number" })
            .AddColumn(new NewColumn { Parent = "points", Name = "y", Type = IcebergTypes.Float })
            .AddColumn("tags", new IcebergType.Map(0, IcebergTypes.String, 0, new IcebergType.List(0, IcebergTypes.Int, true), false))
            .DropColumn("note")
            .AddColumn("note", IcebergTypes.Int));

        var schema = table.Metadata.CurrentSchema;
        Assert.Equal((12 + 3 + 3 + 1, 1), (table.Metadata.LastColumnId, table.Metadata.CurrentSchemaId));
        Assert.Equal((13, "With the number"), (schema.FindField("address.street")!.Id, schema.FindField("address.street")!.Doc));
        Assert.Equal(14, schema.FindField("points.element.y")!.Id);
        Assert.Equal((15, 16, 17, 18), (schema.FindField("tags")!.Id, schema.FindField("tags.key")!.Id, schema.FindField("tags.value")!.Id, schema.FindField("tags.value.element")!.Id));
        Assert.Equal((19, IcebergTypes.Int), (schema.FindField("note")!.Id, schema.FindField("note")!.Type));
        Assert.Equal(["id", "address", "points", "prices", "tags", "note"], schema.Fields.Select(f => f.Name));
        Assert.Equal(Nested.Fields, table.Metadata.FindSchema(0)!.Fields);
    }

    [Fact]
    public async Task Columns_are_dropped_renamed_moved_and_documented()
    {
        var table = await CreateAsync();

        table = await ChangeAsync(table, s => s
            .RenameColumn("address.city", "town").RenameColumn("id", "key").RenameColumn("points", "id").DropColumn("prices")
            .MoveFirst("address.zip").MoveAfter("key", "id").MoveBefore("id", "address").SetDoc("key", "The key").MoveFirst("id"));

        var schema = table.Metadata.CurrentSchema;
        Assert.Equal(["id", "address", "key"], schema.Fields.Select(f => f.Name));
        Assert.Equal([3, 2, 1], schema.Fields.Select(f => f.Id));
        Assert.Equal(["zip", "town"], ((IcebergType.Struct)schema.FindField("address")!.Type).Fields.Select(f => f.Name));
        Assert.Equal("The key", schema.FindField(1)!.Doc);
    }

    [Fact]
    public async Task Types_are_widened_as_the_format_allows_and_no_further()
    {
        var table = await CreateAsync();

        table = await ChangeAsync(table, s => s
            .WidenColumn("id", IcebergTypes.Long).WidenColumn("points.x", IcebergTypes.Double).WidenColumn("prices.value", new IcebergType.Decimal(18, 2)).MakeOptional("id"));

        var schema = table.Metadata.CurrentSchema;
        Assert.Equal((IcebergTypes.Long, false), (schema.FindField(1)!.Type, schema.FindField(1)!.IsRequired));
        Assert.Equal(IcebergTypes.Double, schema.FindField(8)!.Type);
        Assert.Equal(new IcebergType.Decimal(18, 2), schema.FindField("prices.value")!.Type);
        foreach (var (name, type) in ((string, IcebergType)[])
        [
            ("id", IcebergTypes.Int), ("address.zip", IcebergTypes.String), ("prices.value", new IcebergType.Decimal(17, 2)), ("prices.value", new IcebergType.Decimal(20, 3)), ("address", IcebergTypes.Int),
        ])
        {
            await RefusesAsync(ErrorCodes.InvalidStatement, "cannot become", table, s => s.WidenColumn(name, type));
        }

        await RefusesAsync(ErrorCodes.InvalidStatement, "keys of a map", table, s => s.WidenColumn("prices.key.k", IcebergTypes.Long));
        await RefusesAsync(ErrorCodes.InvalidStatement, "keys of a map", table, s => s.AddColumn(new NewColumn { Parent = "prices.key", Name = "n", Type = IcebergTypes.Int }));
    }

    [Fact]
    public async Task Dates_become_timestamps_in_v3_where_no_partition_value_changes()
    {
        var schema = new Schema(0,
        [
            new NestedField(1, "a", IcebergTypes.Date, false), new NestedField(2, "b", IcebergTypes.Date, false), new NestedField(3, "c", IcebergTypes.Unknown, false),
            new NestedField(4, "d", IcebergTypes.Date, false) { InitialDefault = 1, WriteDefault = -1 },
        ]);
        var spec = new PartitionSpec(0, [new PartitionField(1, 1000, "a_month", new Transform.Month()), new PartitionField(2, 1001, "b_bucket", new Transform.Bucket(4))]);
        var table = await CreateAsync(schema, spec, 3);

        table = await ChangeAsync(table, s => s.WidenColumn("a", IcebergTypes.Timestamp).WidenColumn("c", new IcebergType.Fixed(3)).WidenColumn("d", IcebergTypes.TimestampNs));

        var widened = table.Metadata.CurrentSchema;
        Assert.Equal([IcebergTypes.Timestamp, IcebergTypes.Date, new IcebergType.Fixed(3), IcebergTypes.TimestampNs], widened.Fields.Select(f => f.Type));
        Assert.Equal((86_400_000_000_000, -86_400_000_000_000), ((long)widened.FindField(4)!.InitialDefault!, (long)widened.FindField(4)!.WriteDefault!));
        await RefusesAsync(ErrorCodes.InvalidStatement, "'b_bucket'", table, s => s.WidenColumn("b", IcebergTypes.Timestamp));
        await RefusesAsync(ErrorCodes.InvalidStatement, "cannot become 'timestamptz'", table, s => s.WidenColumn("b", IcebergTypes.TimestampTz));
    }

    [Fact]
    public async Task Defaults_are_checked_kept_and_only_in_v3()
    {
        var table = await CreateAsync(version: 3);

        table = await ChangeAsync(table, s => s
            .AddColumn(new NewColumn { Name = "price", Type = new IcebergType.Decimal(9, 2), Default = 12.5m, IsRequired = true })
            .AddColumn(new NewColumn { Name = "since", Type = IcebergTypes.Date, Default = new DateOnly(1970, 1, 3) })
            .AddColumn(new NewColumn { Name = "token", Type = IcebergTypes.Uuid, Default = Guid.Empty }));
        table = await ChangeAsync(table, s => s.SetWriteDefault("price", 7).SetWriteDefault("since", null));

        var schema = table.Metadata.CurrentSchema;
        Assert.Equal(((Int128)1250, (Int128)700), ((Int128)schema.FindField("price")!.InitialDefault!, (Int128)schema.FindField("price")!.WriteDefault!));
        Assert.Equal((2, (object?)null), (schema.FindField("since")!.InitialDefault, schema.FindField("since")!.WriteDefault));
        Assert.Equal(new byte[16], schema.FindField("token")!.InitialDefault);
        await RefusesAsync(ErrorCodes.InvalidStatement, "not a value of the type 'decimal(9, 2)'", table, s => s.SetWriteDefault("price", 0.001m));
        await RefusesAsync(ErrorCodes.InvalidStatement, "NaN of type Double", table, s => s.AddColumn(new NewColumn { Name = "n", Type = IcebergTypes.Double, Default = double.NaN }));
        await RefusesAsync(ErrorCodes.InvalidStatement, "required", table, s => s.AddColumn(new NewColumn { Name = "n", Type = IcebergTypes.Int, IsRequired = true }));
        await RefusesAsync(ErrorCodes.FormatUnsupported, "format version 3", await CreateAsync(), s => s.AddColumn(new NewColumn { Name = "n", Type = IcebergTypes.Int, Default = 1 }));
        await RefusesAsync(ErrorCodes.FormatUnsupported, "format version 3", await CreateAsync(), s => s.AddColumn("n", IcebergTypes.TimestampNs));
    }

    [Fact]
    public async Task What_rows_may_contradict_needs_to_be_allowed()
    {
        var table = await CreateAsync();

        await RefusesAsync(ErrorCodes.InvalidStatement, "may hold null", table, s => s.Require("address.city"));
        table = await ChangeAsync(table, s => s.AllowIncompatibleChanges().Require("address").Require("address.city").AddColumn(new NewColumn { Name = "n", Type = IcebergTypes.Int, IsRequired = true }));

        Assert.All(["address", "address.city", "n"], name => Assert.True(table.Metadata.CurrentSchema.FindField(name)!.IsRequired));
    }

    [Fact]
    public async Task Identifier_fields_are_required_and_cannot_be_lost()
    {
        var table = await CreateAsync();

        table = await ChangeAsync(table, s => s.SetIdentifierFields("id"));

        Assert.Equal([1], table.Metadata.CurrentSchema.IdentifierFieldIds);
        await RefusesAsync(ErrorCodes.InvalidStatement, "identifies rows", table, s => s.DropColumn("id"));
        await RefusesAsync(ErrorCodes.InvalidStatement, "it is optional", table, s => s.MakeOptional("id"));
        await RefusesAsync(ErrorCodes.InvalidStatement, "it is optional", table, s => s.SetIdentifierFields("address.city"));
        await RefusesAsync(ErrorCodes.InvalidStatement, "optional struct", table, s => s.AllowIncompatibleChanges().Require("address.city").SetIdentifierFields("address.city"));
        await RefusesAsync(ErrorCodes.InvalidStatement, "list or a map", table, s => s.SetIdentifierFields("prices.key.k"));
        table = await ChangeAsync(table, s => s.DropColumn("id").SetIdentifierFields());
        Assert.Empty(table.Metadata.CurrentSchema.IdentifierFieldIds);
    }

    [Fact]
    public async Task Names_are_found_as_written_with_suggestions_or_whatever_their_case()
    {
        var table = await CreateAsync();

        var error = await RefusesAsync(ErrorCodes.UnknownName, "no column 'Address.City'", table, s => s.DropColumn("Address.City"));
        Assert.Contains("'address.city'", error.Hint);
        await RefusesAsync(ErrorCodes.InvalidStatement, "'id' already", table, s => s.AddColumn("id", IcebergTypes.Int));
        await RefusesAsync(ErrorCodes.InvalidStatement, "'id' already", table, s => s.IgnoreCase().AddColumn("ID", IcebergTypes.Int));
        await RefusesAsync(ErrorCodes.InvalidStatement, "ambiguous", table, s => s.AddColumn("a.b", IcebergTypes.Int));
        await RefusesAsync(ErrorCodes.InvalidStatement, "not fields of one struct", table, s => s.MoveAfter("address.city", "id"));
        await RefusesAsync(ErrorCodes.InvalidStatement, "element of a list or map", table, s => s.DropColumn("points.element"));
        await RefusesAsync(ErrorCodes.InvalidStatement, "only field of its struct", table, s => s.DropColumn("points.x"));
        table = await ChangeAsync(table, s => s.IgnoreCase().DropColumn("Address.CITY").AddColumn("ID2", IcebergTypes.Int));
        Assert.Null(table.Metadata.CurrentSchema.FindField("address.city"));
    }

    [Fact]
    public async Task Partitions_and_sort_orders_keep_their_columns()
    {
        var table = await CreateAsync(spec: new PartitionSpec(0, [new PartitionField(1, 1000, "id", new Transform.Identity())]));
        var transaction = table.NewTransaction();
        transaction.ReplaceSortOrder().Ascending("address.zip");
        table = await transaction.CommitAsync();

        await RefusesAsync(ErrorCodes.InvalidStatement, "partition field 'id'", table, s => s.DropColumn("id"));
        await RefusesAsync(ErrorCodes.InvalidStatement, "sort order 1", table, s => s.DropColumn("address.zip"));
    }

    [Fact]
    public async Task The_name_mapping_and_properties_of_columns_follow()
    {
        var table = await CreateAsync();
        var change = table.NewTransaction();
        change.UpdateProperties()
            .Set(NameMappingJson.Property, NameMappingJson.ToText(MappedFields.Of(Nested.Fields)))
            .Set("write.metadata.metrics.column.address.city", "full").Set("write.metadata.metrics.column.prices", "none").Set("write.parquet.bloom-filter-enabled.column.id", "true");
        table = await change.CommitAsync();

        table = await ChangeAsync(table, s => s
            .RenameColumn("address", "place").DropColumn("prices").AddColumn("address", IcebergTypes.Int).RenameColumn("points.x", "left")
            .AddColumn(new NewColumn { Parent = "points", Name = "x", Type = IcebergTypes.Int }));

        var mapping = NameMappingJson.Parse(table.Metadata.Properties[NameMappingJson.Property]);
        Assert.Equal(["id"], Names(mapping, 1));
        Assert.Equal(["place"], Names(mapping, 2));
        Assert.Equal(["address"], Names(mapping, 12));
        Assert.Equal(["prices"], Names(mapping, 4));
        Assert.Equal(["left"], Names(mapping, 8));
        Assert.Equal(["x"], Names(mapping, 13));
        Assert.Equal("full", table.Metadata.Properties["write.metadata.metrics.column.place.city"]);
        Assert.Equal("true", table.Metadata.Properties["write.parquet.bloom-filter-enabled.column.id"]);
        Assert.DoesNotContain("write.metadata.metrics.column.prices", table.Metadata.Properties.Keys);
        Assert.DoesNotContain("write.metadata.metrics.column.address.city", table.Metadata.Properties.Keys);
    }

    [Fact]
    public async Task A_rename_keeps_the_old_name_in_the_mapping()
    {
        var table = await CreateAsync();
        var change = table.NewTransaction();
        change.UpdateProperties().Set(NameMappingJson.Property, NameMappingJson.ToText(MappedFields.Of(Nested.Fields)));
        table = await change.CommitAsync();

        table = await ChangeAsync(table, s => s.RenameColumn("id", "key"));

        Assert.Equal(["id", "key"], Names(NameMappingJson.Parse(table.Metadata.Properties[NameMappingJson.Property]), 1));
    }

    [Fact]
    public async Task Only_another_change_of_the_schema_is_a_conflict()
    {
        var table = await CreateAsync();
        var (late, unrelated) = (table.NewTransaction(), table.NewTransaction());
        late.UpdateSchema().AddColumn("late", IcebergTypes.Int);
        unrelated.UpdateProperties().Set("a", "b");
        await unrelated.CommitAsync();
        await late.CommitAsync();

        var lost = table.NewTransaction();
        lost.UpdateSchema().AddColumn("lost", IcebergTypes.Int);
        var error = await Assert.ThrowsAsync<CommitConflictException>(async () => await lost.CommitAsync());

        Assert.Contains("schema 1", error.Message);
        await table.RefreshAsync();
        Assert.NotNull(table.Metadata.CurrentSchema.FindField("late"));
        Assert.Null(table.Metadata.CurrentSchema.FindField("lost"));
    }

    [Fact]
    public async Task Several_changes_and_data_become_one_version()
    {
        var table = await CreateAsync();
        var transaction = table.NewTransaction();
        transaction.UpdateSchema().AddColumn("a", IcebergTypes.Int);
        transaction.UpdateSchema().RenameColumn("a", "b");
        transaction.UpdatePartitionSpec().AddField("b", new Transform.Bucket(4));
        transaction.Append().Add(TableFixture.File("f"));

        var committed = await transaction.CommitAsync();

        Assert.Equal(table.Metadata.MetadataLog.Count + 1, committed.Metadata.MetadataLog.Count);
        Assert.Equal(("b", 12), (committed.Metadata.CurrentSchema.Fields[^1].Name, committed.Metadata.CurrentSchema.Fields[^1].Id));
        Assert.Equal("b_bucket_4", committed.Metadata.DefaultSpec.Fields[0].Name);
        Assert.Equal(committed.Metadata.CurrentSchemaId, committed.Metadata.CurrentSnapshot!.SchemaId);
    }

    private static IEnumerable<string> Names(IEnumerable<MappedField> mapping, int id) => Flat(mapping).Single(m => m.FieldId == id).Names;

    private static IEnumerable<MappedField> Flat(IEnumerable<MappedField> mapping) => mapping.SelectMany(m => Flat(m.Fields).Prepend(m));

    private static async Task<IcebergTable> CreateAsync(Schema? schema = null, PartitionSpec? spec = null, int version = 2) =>
        await EvolutionTables.CreateAsync(schema ?? Nested, spec ?? PartitionSpec.Unpartitioned, version);

    private static async Task<IcebergTable> ChangeAsync(IcebergTable table, Action<UpdateSchema> change)
    {
        var transaction = table.NewTransaction();
        change(transaction.UpdateSchema());
        return await transaction.CommitAsync();
    }

    private static async Task<ArcticException> RefusesAsync(ErrorCode code, string message, IcebergTable table, Action<UpdateSchema> change)
    {
        var before = table.MetadataLocation;
        var error = await Assert.ThrowsAnyAsync<ArcticException>(async () => await ChangeAsync(table, change));
        Assert.Equal(code, error.Code);
        Assert.Contains(message, error.Message);
        Assert.Equal(before, (await table.LoadCurrentAsync(default)).MetadataLocation);
        return error;
    }
}
