using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.UnitTests.Iceberg.Mapping;

public class RecordSchemaTests
{
    [Fact]
    public void Columns_are_named_in_snake_case_and_required_unless_null_may_stand_there()
    {
        var schema = TableCreation.For<Nested>().Schema;

        Assert.Equal(
            [
                "1: id: required long", "2: home: required struct<14: street: required string, 15: city: optional string, 16: floor: optional int>",
                "3: work: optional struct<17: street: required string, 18: city: optional string, 19: floor: optional int>",
                "4: start: required struct<20: x: required double, 21: y: required double>", "5: end: optional struct<22: x: required double, 23: y: required double>",
                "6: numbers: required list<int>", "7: tags: required list<string>", "8: notes: optional list<string>",
                "9: former: required list<struct<28: street: required string, 29: city: optional string, 30: floor: optional int>>", "10: matrix: required list<list<int>>",
                "11: counts: required map<string, long>",
                "12: places: optional map<int, struct<37: street: required string, 38: city: optional string, 39: floor: optional int>>",
                "13: paths: required map<string, list<struct<43: x: required double, 44: y: required double>>>",
            ],
            schema.Fields.Select(f => f.ToString()));
        Assert.False(((IcebergType.List)schema.FindField("notes")!.Type).IsElementRequired);
        Assert.True(((IcebergType.List)schema.FindField("tags")!.Type).IsElementRequired);
        Assert.False(((IcebergType.Map)schema.FindField("places")!.Type).IsValueRequired);
    }

    [Fact]
    public void Every_type_has_its_column_type()
    {
        var types = TableCreation.For<EveryValue>().Schema.Fields.ToDictionary(f => f.Name, f => f.Type.ToString());

        Assert.Equal("int", types["unsigned16"]);
        Assert.Equal("long", types["unsigned32"]);
        Assert.Equal("decimal(20, 0)", types["unsigned64"]);
        Assert.Equal("decimal(38, 18)", types["money"]);
        Assert.Equal("decimal(9, 2)", types["money_or_not"]);
        Assert.Equal("fixed[4]", types["four"]);
        Assert.Equal("uuid", types["id"]);
        Assert.Equal("date", types["day"]);
        Assert.Equal("time", types["clock"]);
        Assert.Equal("timestamp", types["wall"]);
        Assert.Equal("timestamptz", types["utc"]);
        Assert.Equal("timestamptz", types["instant"]);
        Assert.Equal("timestamp_ns", types["wall_nanos"]);
        Assert.Equal("int", types["colour"]);
        Assert.Equal("string", types["named_colour"]);
    }

    [Fact]
    public void An_attribute_names_a_column_and_documents_it()
    {
        var field = TableCreation.For<Renamed>().Schema.Fields[0];

        Assert.Equal(("ORDER ID", "the order"), (field.Name, field.Doc));
    }

    [Fact]
    public void Partitions_sort_order_and_identity_are_said_by_name()
    {
        var creation = TableCreation.For<Visit>().PartitionedBy("At", new Transform.Day()).PartitionedBy("place.city").PartitionedBy("id", new Transform.Bucket(16))
            .SortedBy("id").SortedBy("at", SortDirection.Descending).IdentifiedBy("id").WithProperty("a", "b");

        Assert.Equal([("at_day", 2, 1000), ("place.city", 5, 1001), ("id_bucket", 1, 1002)], creation.PartitionSpec.Fields.Select(f => (f.Name, f.SourceId, f.FieldId)));
        Assert.Equal([(1, NullOrder.NullsFirst), (2, NullOrder.NullsLast)], creation.SortOrder.Fields.Select(f => (f.SourceId, f.NullOrder)));
        Assert.Equal([1], creation.Schema.IdentifierFieldIds);
        Assert.Equal("b", creation.Properties["a"]);
    }

    [Theory]
    [InlineData(typeof(WithDuration), "The property 'WithDuration.Length' has the type TimeSpan")]
    [InlineData(typeof(Tree), "The property 'Tree.Children' has the type Tree, which contains itself")]
    [InlineData(typeof(BadType), "asks for the column type 'money'")]
    [InlineData(typeof(WrongType), "The property 'WrongType.Amount' of type Decimal cannot be the column 'amount' of type timestamp")]
    [InlineData(typeof(Empty), "has no public property that could be a column")]
    [InlineData(typeof(string), "The type String is not one whose properties are columns")]
    public void What_has_no_columns_is_told_by_name(Type type, string message)
    {
        var method = typeof(TableCreation).GetMethod(nameof(TableCreation.For))!.MakeGenericMethod(type);

        var error = Assert.Throws<ArcticException>(() => method.Invoke(null, System.Reflection.BindingFlags.DoNotWrapExceptions, null, null, null));

        Assert.Equal(ErrorCodes.TypeMismatch, error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_transform_that_does_not_take_a_column_is_refused()
    {
        var error = Assert.Throws<ArcticException>(() => TableCreation.For<Visit>().PartitionedBy("id", new Transform.Day()));

        Assert.Equal("The transform 'day' does not take the column 'id' of type long.", error.Message);
        Assert.Equal(ErrorCodes.UnknownName, Assert.Throws<ArcticException>(() => TableCreation.For<Visit>().SortedBy("idd")).Code);
        Assert.Equal(ErrorCodes.TypeMismatch, Assert.Throws<ArcticException>(() => TableCreation.For<Visit>().IdentifiedBy("at")).Code);
    }

    private sealed record Renamed([IcebergColumn("ORDER ID", Doc = "the order")] long Id);

    private sealed record Visit(long Id, DateTime? At, Place Place);

    private sealed record Place(string Street, string City);

    private sealed record WithDuration(long Id, TimeSpan Length);

    private sealed record Tree(string Name, List<Tree> Children);

    private sealed record BadType([IcebergColumn(Type = "money")] decimal Amount);

    private sealed record WrongType([IcebergColumn(Type = "timestamp")] decimal Amount);

    private sealed record Empty;
}
